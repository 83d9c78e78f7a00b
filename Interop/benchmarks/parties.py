"""The three that are measured: O (Cascade), P (moq-dev's Rust stack) and F (the floor), each on cores of its own."""

import os
import re
import sys

from harness.processes import INTEROP, ROOT, WORK, Child

# Where the relay and the generator run: one core each, two each, or wherever the machine puts them.
APART, WIDE, TOGETHER = ("0", "1"), ("0,1", "2,3"), (None, None)
BINARIES = ROOT / ".build" / "release"
FLOOR = WORK / "floor"
NAMES = {"O": "Cascade", "P": "moq-dev", "F": "floor"}


class Party:
    """A running server: its URL, its process, and flags that `cascade bench` needs for it."""

    def __init__(self, letter: str, child: Child, port: int, flags: list[str]):
        self.letter, self.child, self.port, self.flags = letter, child, port, flags

    @property
    def url(self) -> str:
        return f"moqt://127.0.0.1:{self.port}/bench"

    @property
    def pid(self) -> int:
        return self.child.process.pid

    def main_thread_share(self) -> float | None:
        """CPU of the first thread by CPU of all: for P that is Python's own, everything else is Rust's."""
        try:
            ticks = {}
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                with open(f"/proc/{self.pid}/task/{thread}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                ticks[int(thread)] = int(fields[11]) + int(fields[12])
            return ticks[self.pid] / max(1, sum(ticks.values()))
        except (OSError, KeyError):
            return None

    def end(self):
        self.child.end()


class PartyFailed(Exception):
    pass


def pinned(place: str | None, command: list) -> list:
    return ["taskset", "-c", place, *command] if place and cores() > 1 else command


def start(letter: str, scenario: dict, workers: int = 1, place: str | None = APART[0]) -> Party:
    """A fresh server for one run. `taskset` replaces itself by the program, so the child's id is the server's."""
    log = WORK / "bench" / f"{NAMES[letter]}.log"
    if letter == "O":
        command = [BINARIES / "cascade-relay", "--listen", "127.0.0.1:0", "--workers", str(workers)]
        ready = re.compile(r"cascade-relay ready .*listen=\S*:(\d+) ")
        flags = []
    elif letter == "P":
        # The timeout is only a bound on what could be left behind.
        command = [sys.executable, INTEROP / "peers" / "moqdev.py", "serve", "--timeout", "900"]
        ready = re.compile(r'"event": "ready", "address": "\S*:(\d+)"')
        flags = []
    else:
        command = [FLOOR, "--port", "0", "--size", str(scenario["objectByteCount"]),
                   "--rate", str(scenario["objectsPerSecond"]), "--group", str(scenario["objectsPerGroup"])]
        if scenario.get("usesDatagrams"):
            command.append("--datagrams")
        ready = re.compile(r"floor ready port=(\d+)")
        flags = ["--floor"]
    child = Child(NAMES[letter], pinned(place, command), log)
    line = child.wait_for_line(lambda text: ready.search(text), 15)
    if not line:
        child.end()
        raise PartyFailed(f"{NAMES[letter]} did not start: {child.last_words()}")
    return Party(letter, child, int(ready.search(line).group(1)), flags)


def cores() -> int:
    return os.cpu_count() or 1
