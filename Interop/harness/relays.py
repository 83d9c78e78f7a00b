"""Relays that a cell can run against."""

import re
import sys
import threading

from .processes import INTEROP, ROOT, WORK, Child

READY = re.compile(r"cascade-relay ready .*listen=\S*:(\d+).*sha256=([0-9a-f]{64})")


class Relay:
    """A running relay on the loopback interface: `port` and the SHA-256 of its certificate."""

    def __init__(self, child: Child, port: int, sha256: str):
        self.child, self.port, self.sha256 = child, port, sha256

    def url(self, transport: str) -> str:
        return f"{'moqt' if transport == 'quic' else 'https'}://127.0.0.1:{self.port}/interop"

    @property
    def alive(self) -> bool:
        return self.child.process.poll() is None

    def end(self):
        self.child.end()


class RelayFailed(Exception):
    pass


def start_cascade(drafts: str, binaries) -> Relay:
    command = [binaries / "cascade-relay", "--listen", "127.0.0.1:0"]
    if drafts != "all":
        command += ["--drafts", drafts]
    child = Child("relay", command, WORK / f"relay-{drafts}" / "relay.log")
    line = child.wait_for_line(lambda text: READY.search(text), 10)
    if not line:
        child.end()
        raise RelayFailed(f"cascade-relay --drafts {drafts} printed no ready line (exit {child.process.poll()}): {child.last_words()}")
    port, sha256 = READY.search(line).groups()
    return Relay(child, int(port), sha256)


def start_moqdev() -> Relay:
    child = Child(
        "moq-dev relay", [sys.executable, INTEROP / "peers" / "moqdev.py", "serve", "--timeout", "600"],
        WORK / "relay-moqdev" / "relay.log",
    )
    ready = child.wait_for_event("ready", 10)
    if not ready:
        child.end()
        raise RelayFailed(f"moq-dev's relay did not start: {child.last_words()}")
    return Relay(child, int(ready["address"].rsplit(":", 1)[1]), ready["sha256"])


def binaries_of(configuration: str):
    return ROOT / ".build" / configuration


class RelayPool:
    """Relays by kind, each started with its first cell, again when it has died, and ended after its last cell."""

    class Place:
        def __init__(self):
            self.lock, self.left, self.relay = threading.Lock(), 0, None

    def __init__(self, binaries, kinds: list[str]):
        self.binaries = binaries
        self.places: dict[str, RelayPool.Place] = {}
        for kind in kinds:
            self.places.setdefault(kind, RelayPool.Place()).left += 1

    def take(self, kind: str) -> Relay:
        place = self.places[kind]
        with place.lock:
            if place.relay is None or not place.relay.alive:
                if place.relay is not None:
                    place.relay.end()
                    place.relay = None
                place.relay = start_moqdev() if kind == "moq-dev" else start_cascade(kind, self.binaries)
            return place.relay

    def give_back(self, kind: str):
        place = self.places[kind]
        with place.lock:
            place.left -= 1
            if place.left == 0 and place.relay is not None:
                place.relay.end()
                place.relay = None

    def end(self):
        for place in self.places.values():
            if place.relay is not None:
                place.relay.end()
