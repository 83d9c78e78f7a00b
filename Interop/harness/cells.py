"""One cell of the table: runs it, says whether it is green and why not."""

import dataclasses
import json
import pathlib
import re
import sys
import time

from .parties import Party
from .processes import INTEROP, WORK, Child

sys.path.insert(0, str(INTEROP / "peers"))
from payload import SIZES, SMALL, all_payloads, difference  # noqa: E402

TAP = re.compile(r"^(ok|not ok)\s+\d+\s*-?\s*([^#]*)(#.*)?$")


@dataclasses.dataclass
class Outcome:
    ok: bool
    detail: str
    seconds: float = 0
    logs: pathlib.Path | None = None


def transfer(run, relay, name: str, publisher: Party, subscriber: Party) -> Outcome:
    """A subscriber that is there first, a publisher, `run.count` objects: every byte, in order, to the end."""
    start = time.monotonic()
    folder = WORK / name
    namespace = f"interop/{run.next_number()}"
    # aiomoqt 0.5.3 miscounts what an object still lacks when it spans two reads, and stalls at a stream's end.
    largest = SMALL if subscriber.kind == "aiomoqt" else max(SIZES)
    received = folder / "received.txt"
    folder.mkdir(parents=True, exist_ok=True)
    received.unlink(missing_ok=True)
    children = []

    def outcome(problem: str | None) -> Outcome:
        return Outcome(problem is None, problem or f"{run.count} objects", time.monotonic() - start, folder)

    try:
        receiving = Child("subscriber", subscriber.subscribe(relay, namespace, received, largest), folder / "subscriber.log")
        children.append(receiving)
        # A browser takes a second to start; the others connect at once. Nobody depends on this order: a
        # publisher sends when it is asked to.
        time.sleep(0.2)
        sending = Child("publisher", publisher.publish(relay, namespace, largest), folder / "publisher.log")
        children.append(sending)
        if publisher.is_ours and sending.wait_for_error_line("subscriber for", run.timeout - 2):
            # Some relays ask twice, for the track's properties and for its objects: nothing leaves in between.
            time.sleep(0.2)
            sending.feed(b"".join(line + b"\n" for line in all_payloads(run.seed, run.count, largest)))
        code = receiving.wait(run.timeout)
        if code is None:
            return outcome(f"subscriber still waits after {run.timeout:g} s; publisher: {state_of(sending)}")
        if subscriber.is_ours:
            problem = None if code == 0 else f"cascade subscribe: exit {code}: {receiving.last_words()}"
            if problem is None or received.exists() and received.stat().st_size:
                lines = received.read_bytes().split(b"\n")
                wrong = difference(run.seed, run.count, lines[:-1] if lines[-1] == b"" else lines, largest)
                problem = "; ".join(filter(None, [wrong, problem])) or None
        else:
            problem = foreign_problem(receiving, "subscriber")
        if problem:
            return outcome(f"{problem}; publisher: {state_of(sending)}")
        sending.dismiss()
        code = sending.wait(8)
        if publisher.is_ours:
            problem = None if code == 0 else f"cascade publish: exit {code}: {sending.last_words()}"
        else:
            problem = foreign_problem(sending, "publisher")
        return outcome(problem)
    finally:
        for child in children:
            child.end()


def foreign_problem(child: Child, role: str) -> str | None:
    done = child.wait_for_event("done", 0)
    if done is None:
        return f"{role} ended without a report: {child.last_words()}"
    return None if done["ok"] else f"{role}: {done['error']}"


def state_of(child: Child) -> str:
    """Where a process has got to, for the message of another one's failure."""
    code = child.process.poll()
    last = child.lines[-1] if child.lines else child.last_words() or "silent"
    return f"{last[-200:]}" + ("" if code is None else f" (exit {code})")


def tap(run, relay, name: str, command: list, expected: int) -> Outcome:
    """A test client that prints TAP: all of at least `expected` tests must pass."""
    start = time.monotonic()
    child = Child(name, command, WORK / name / "client.log")
    try:
        code = child.wait(run.timeout * 2)
        results = [match.groups() for match in map(TAP.match, child.lines) if match]
        passed = [title for word, title, _ in results if word == "ok"]
        failed = [title.strip() for word, title, note in results if word != "ok" and "TODO" not in (note or "")]
        skipped = [title for _, title, note in results if "SKIP" in (note or "").upper()]
        problem = None
        if code is None:
            problem = "did not end in time"
        elif failed:
            problem = "failed: " + ", ".join(failed)
        elif len(passed) < expected:
            problem = f"{len(passed)} tests of {expected} ran; exit {code}: {child.last_words()}"
        detail = f"{len(passed) - len(skipped)} tests" + (f", {len(skipped)} skipped" if skipped else "")
        return Outcome(problem is None, problem or detail, time.monotonic() - start, WORK / name)
    finally:
        child.end()
