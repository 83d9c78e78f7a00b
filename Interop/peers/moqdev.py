"""moq-dev (PyPI moq-rs) as a publisher, a subscriber or a relay."""

import argparse
import asyncio
import sys

import moq

from payload import GROUP_SIZE, SIZES, difference, payload
from report import dismissed, finish, released, report


async def publish(options) -> str | None:
    origin = moq.OriginProducer()
    async with moq.connect(
        options.url, tls_verify=False, websocket_enabled=False, reconnect=False, publish=origin
    ):
        broadcast = origin.create_broadcast(options.namespace)
        track = broadcast.publish_track(options.track)
        broadcast.announce()
        report("announced")
        await track.demand().used()
        report("subscribed")
        # Its answer to the SUBSCRIBE names what is there when it is written: an object of the same moment may be
        # counted among what was there before, and a subscriber that asked for the next one does not get it.
        await asyncio.sleep(0.2)
        number = 0
        while number < options.count:
            group = track.append_group()
            for _ in range(min(GROUP_SIZE, options.count - number)):
                group.write_frame(payload(options.seed, number, options.largest), timestamp_us=number * 10_000)
                number += 1
                if number == options.hold:
                    report("holding")
                    await released()
                await asyncio.sleep(options.pace)
            group.finish()
        track.finish()
        report("sent")
        await dismissed()
    return None


async def subscribe(options) -> str | None:
    origin = moq.OriginProducer()
    async with moq.connect(
        options.url, tls_verify=False, websocket_enabled=False, reconnect=False, subscribe=origin
    ):
        report("connected")
        broadcast = await origin.consume().announced_broadcast(options.namespace)
        report("announced")
        track = await broadcast.subscribe_track(
            options.track, moq.Subscription(priority=10, max_age_us=30_000_000)
        )
        report("subscribed")
        groups: dict[int, list[bytes]] = {}
        arrived = options.first
        while arrived < options.count or options.to_end:
            group = await track.recv_group()
            if group is None:
                report("end")
                break
            frames = groups.setdefault(group.sequence, [])
            async for frame in group:
                if arrived == options.first:
                    report("receiving")
                frames.append(bytes(frame.payload))
                arrived += 1
    received = [frame for sequence in sorted(groups) for frame in groups[sequence]]
    return difference(options.seed, options.count, received, options.largest, options.first)


async def serve(options) -> str | None:
    origin = moq.OriginProducer()
    async with moq.Server(
        "127.0.0.1:0", tls_generate=["localhost", "127.0.0.1"], publish=origin, subscribe=origin
    ) as server:
        report("ready", address=server.local_addr, sha256=server.cert_fingerprints()[0])
        await server.serve()
    return None


async def main(options) -> str | None:
    task = {"publish": publish, "subscribe": subscribe, "serve": serve}[options.role]
    try:
        return await asyncio.wait_for(task(options), options.timeout)
    except TimeoutError:
        return f"nothing more within {options.timeout:g} s"
    except Exception as error:  # Every failure is one line of the report.
        details = moq.protocol_error(error)
        return f"{type(error).__name__}: {details or error}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["publish", "subscribe", "serve"])
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("--namespace", default="interop/run")
    parser.add_argument("--track", default="data")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=max(SIZES))
    parser.add_argument("--pace", type=float, default=0.01)
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--hold", type=int, default=0, help="publish this many objects, then wait for a line of input")
    parser.add_argument("--first", type=int, default=0, help="the first object to expect")
    parser.add_argument("--to-end", action="store_true", help="wait for the end of the track, not only the count")
    parser.add_argument("--log", default="")
    arguments = parser.parse_args()
    if arguments.log:
        moq.log_level(arguments.log)
    finish(asyncio.run(main(arguments)))
