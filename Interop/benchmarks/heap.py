"""Where the relay's memory goes: bytes that a subscription and a namespace add to its heap, by the part that asked for them,
from valgrind's massif where that is installed."""

import collections
import re
import shutil
import subprocess
import time

from harness.processes import INTEROP, WORK, Child

from . import document, parties

HEADING = "## Where the relay's memory goes"
# Whoever comes first on the way from the allocator to the loop. Swift's symbols begin with their module's name.
PARTS = (
    ("ngtcp2", r"libngtcp2"),
    ("transport", r"\$s13QUICTransport|\$s12WebTransport|libgnutls|libnettle|libhogweed|libgmp"),
    ("session", r"\$s11MOQTSession|\$s8MOQTWire|\$s9MOQTModel"),
    ("routing", r"\$s9RelayCore(5Relay|0A|9Namespace|13Namespace|16Namespace|18Published)"),
    ("delivery", r"\$s9RelayCore|\$s8MOQTPeer"),
    ("host", r"\$s9RelayHost"),
)
# Tracks, connections and what each has; and namespaces, as many as a relay under valgrind answers in time.
SUBSCRIBERS, SUBSCRIPTIONS, NAMESPACES = 100, 100, 4000


class NotMeasured(Exception):
    pass


def section() -> list[str]:
    lines = [HEADING, "", f"Bytes of heap that one more subscription (P11: {SUBSCRIBERS} connections with {SUBSCRIPTIONS} instead of "
             "one each) and one more namespace (P7) take, by who asked for them, as valgrind's massif sees them; the allocator's "
             "own overhead is not in them.", "",
             "| | " + " | ".join(part for part, _ in PARTS) + " | rest | together |", "|---" * (len(PARTS) + 3) + "|"]
    taken = []
    try:
        for name, found in (("a subscription", subscription()), ("a namespace", namespace())):
            cells = [found[part] for part, _ in PARTS] + [found[None], sum(found.values())]
            lines.append(f"| {name} | " + " | ".join(f"{bytes:.0f}" for bytes in cells) + " |")
            taken.append(found["ngtcp2"])
    except NotMeasured as reason:
        return [HEADING, "", f"Not measured: {reason}."]
    return lines + ["", f"Of the stretch column's 600 bytes for a subscription ngtcp2's stream leaves {600 - taken[0]:.0f} for all else, "
                    f"of the 500 for a namespace {500 - taken[1]:.0f}."]


def replace_section(text: str) -> str:
    """The document with this section made anew, at its end if it had none."""
    return document.with_section(text, section())


def subscription() -> dict:
    few, many = (grown("P11", ["--subscribers", SUBSCRIBERS, "--subscriptions", count], ["measuring"])[0]
                 for count in (1, SUBSCRIPTIONS))
    return difference(few, many, SUBSCRIBERS * (SUBSCRIPTIONS - 1))


def namespace() -> dict:
    before, after = grown("P7", ["--watchers", 0, "--namespaces", NAMESPACES], ["warming", "draining"])
    return difference(before, after, NAMESPACES)


def difference(before: collections.Counter, after: collections.Counter, count: int) -> dict:
    return {part: (after[part] - before[part]) / count for part in [part for part, _ in PARTS] + [None]}


def grown(name: str, flags: list, phases: list[str]) -> list[collections.Counter]:
    """The relay's heap by part at the beginning of each of the load's phases."""
    for tool in ("valgrind", "vgdb", "objcopy"):
        if not shutil.which(tool):
            raise NotMeasured(f"`{tool}` is not installed here")
    folder = WORK / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    # Valgrind cannot read Swift's debug information.
    program = folder / "cascade-relay"
    subprocess.run(["objcopy", "--strip-debug", parties.BINARIES / "cascade-relay", program], check=True)
    relay = Child("massif", ["valgrind", "--tool=massif", "--threshold=0.05", "--depth=40",
                             f"--massif-out-file={folder / 'massif.exit'}", program, "--listen", "127.0.0.1:0",
                             "--workers", "1"], folder / "massif.log")
    load = None
    try:
        ready = relay.wait_for_line(lambda line: "cascade-relay ready " in line, 30)
        if not ready:
            raise NotMeasured("the relay did not start under valgrind")
        port = re.search(r"listen=\S*:(\d+) ", ready).group(1)
        load = Child("load", [parties.BINARIES / "cascade", "bench", f"moqt://127.0.0.1:{port}/bench", "--insecure", "--json",
                              "--scenario", INTEROP / "scenarios" / f"{name}.json", "--warm-up", "5s", "--duration", "20s",
                              *flags], folder / "massif-load.log")
        found = []
        for phase in phases:
            if not load.wait_for_line(lambda line: f'"phase":"{phase}"' in line or '"event":"result"' in line, 120):
                raise NotMeasured("the load did not get through under valgrind")
            found.append(heap(relay.process.pid, folder / f"massif.{phase}"))
        result = load.wait_for_event("result", 60) or {}
        if result.get("connections_failed", 1):
            raise NotMeasured("connections failed under valgrind")
        return found
    finally:
        if load:
            load.end()
        relay.end()


def heap(pid: int, file) -> collections.Counter:
    """Bytes in use by part, now; None for what no part asked for."""
    file.unlink(missing_ok=True)
    subprocess.run(["vgdb", f"--pid={pid}", "detailed_snapshot", str(file)], capture_output=True, timeout=60)
    deadline = time.monotonic() + 10
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    if not file.exists():
        raise NotMeasured("valgrind gave no snapshot")
    return by_part(file.read_text())


def by_part(text: str) -> collections.Counter:
    """Massif's tree: a node's bytes are its children's and its own. Its own go to the first part on its path."""
    found: collections.Counter = collections.Counter()
    path: list = []
    for indent, size, label in re.findall(r"^( *)n\d+: (\d+) (.*)$", text, re.M):
        del path[len(indent):]
        inherited = path[-1] if path else None
        part = inherited or next((name for name, pattern in PARTS if re.search(pattern, label)), None)
        if path:
            found[inherited] -= int(size)
        found[part] += int(size)
        path.append(part)
    return found
