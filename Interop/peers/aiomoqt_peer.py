"""aiomoqt (draft 14) as a publisher or a subscriber over WebTransport."""

import argparse
import asyncio
import logging
from urllib.parse import urlparse

from aiomoqt.client import MOQTClient
from aiomoqt.messages import (
    PublishNamespaceError,
    SubgroupHeader,
    SubscribeDone,
    SubscribeError,
)
from aiomoqt.types import MOQTMessageType, ObjectStatus
from aiomoqt.utils.logger import set_log_level

from payload import GROUP_SIZE, SIZES, difference, payload
from report import dismissed, finish, report


def client_for(options) -> MOQTClient:
    url = urlparse(options.url)
    return MOQTClient(
        url.hostname, url.port, endpoint=url.path.lstrip("/") or "moq", use_quic=url.scheme == "moqt", verify_tls=False
    )


async def publish(options) -> str | None:
    client = client_for(options)
    asked = asyncio.get_running_loop().create_future()

    async def subscribe_received(session, message):
        ok = session.subscribe_ok(request_msg=message)
        if not asked.done():
            asked.set_result((message.request_id, ok.track_alias))

    client.register_handler(MOQTMessageType.SUBSCRIBE, subscribe_received)
    async with client.connect() as session:
        await session.client_session_init()
        answer = await session.publish_namespace(namespace=options.namespace, wait_response=True)
        if isinstance(answer, PublishNamespaceError):
            return f"PUBLISH_NAMESPACE refused: {answer.error_code} {answer.reason}"
        report("announced")
        request, alias = await asked
        report("subscribed")
        # A library habit: SUBSCRIBE_OK leaves in the same tick as the first stream, which may overtake it.
        number = 0
        while number < options.count:
            header = SubgroupHeader(
                track_alias=alias, group_id=number // GROUP_SIZE, subgroup_id=0, publisher_priority=128,
                extensions_present=False,
            )
            stream = session._h3.create_webtransport_stream(session_id=session._session_id, is_unidirectional=True)
            session._quic.send_stream_data(stream, header.serialize().data, end_stream=False)
            for _ in range(min(GROUP_SIZE, options.count - number)):
                data = header.next_object(payload=payload(options.seed, number, options.largest)).data
                session._quic.send_stream_data(stream, data, end_stream=False)
                session.transmit()
                number += 1
                await asyncio.sleep(options.pace)
            session._quic.send_stream_data(stream, header.end_group().data, end_stream=True)
            session.transmit()
        session.send_control_message(
            SubscribeDone(request_id=request, status_code=2, stream_count=-(-options.count // GROUP_SIZE), reason="").serialize()
        )
        report("sent")
        await dismissed()
        session.close()
    return None


async def subscribe(options) -> str | None:
    client = client_for(options)
    async with client.connect() as session:
        await session.client_session_init()
        report("connected")
        received: dict[tuple[int, int], bytes] = {}
        complete = asyncio.get_running_loop().create_future()

        def object_received(message, consumed, now, group, subgroup):
            if message.status == ObjectStatus.NORMAL:
                received[(group, message.object_id)] = bytes(message.payload)
            if len(received) >= options.count and not complete.done():
                complete.set_result(None)

        session.on_object_received = object_received
        while True:
            answer = await session.subscribe(
                namespace=options.namespace, track_name=options.track, wait_response=True
            )
            if not isinstance(answer, SubscribeError):
                break
            # Its namespace discovery has no callback; ask again until the publisher is there.
            report("refused", code=int(answer.error_code))
            await asyncio.sleep(0.2)
        report("subscribed")
        closed = asyncio.create_task(session.async_closed())
        await asyncio.wait({complete, closed}, return_when=asyncio.FIRST_COMPLETED)
        if not complete.done():
            report("closed", reason=str(session._close_err))
        # The end of the last group is still on its way: a relay that must stop its publisher now sends it
        # STOP_SENDING, which ends this library's publisher.
        await asyncio.sleep(0.3)
        session.close()
    return difference(options.seed, options.count, [received[key] for key in sorted(received)], options.largest)


async def main(options) -> str | None:
    try:
        return await asyncio.wait_for({"publish": publish, "subscribe": subscribe}[options.role](options), options.timeout)
    except TimeoutError:
        return f"nothing more within {options.timeout:g} s"
    except Exception as error:  # Every failure is one line of the report.
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["publish", "subscribe"])
    parser.add_argument("url")
    parser.add_argument("--namespace", default="interop/run")
    parser.add_argument("--track", default="data")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=max(SIZES))
    parser.add_argument("--pace", type=float, default=0.01)
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--log", action="store_true", help="say on standard error what the library sees")
    arguments = parser.parse_args()
    set_log_level(logging.DEBUG if arguments.debug else logging.INFO if arguments.log else logging.ERROR)
    finish(asyncio.run(main(arguments)))
