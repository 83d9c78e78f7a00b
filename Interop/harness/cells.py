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
from payload import GROUP_SIZE, SIZES, SMALL, all_payloads, difference  # noqa: E402

PLAN = re.compile(r"^1\.\.(\d+)")
LACKING = re.compile(r"# SKIP draft-\d+ has no ")
TAP = re.compile(r"^(ok|not ok)\s+\d+\s*-?\s*([^#]*)(#.*)?$")


@dataclasses.dataclass
class Outcome:
    ok: bool
    detail: str
    seconds: float = 0
    logs: pathlib.Path | None = None


# A late subscriber joins when these objects have been published: in the middle of a group.
HOLD = 3 * GROUP_SIZE + 5


class Transfer:
    """What the kinds of transfer share: a folder, a namespace, and children that end with it."""

    def __init__(self, run, relay, name: str, publisher: Party, subscribers: list[Party]):
        self.run, self.relay, self.publisher = run, relay, publisher
        self.start = time.monotonic()
        self.folder = WORK / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.namespace = f"interop/{run.next_number()}"
        # aiomoqt 0.5.3 miscounts what an object still lacks when it spans two reads, and stalls at a stream's end.
        self.largest = SMALL if any(party.kind == "aiomoqt" for party in subscribers) else max(SIZES)
        self.children: list[Child] = []
        self.sending: Child | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.end()

    def outcome(self, problem: str | None, detail: str = "") -> Outcome:
        return Outcome(problem is None, problem or detail, time.monotonic() - self.start, self.folder)

    def begin(self, role: str, command: list) -> Child:
        child = Child(role, command, self.folder / f"{role.replace(' ', '-')}.log")
        self.children.append(child)
        return child

    def subscribe(self, party: Party, role: str = "subscriber", first: int = 0) -> Child:
        output = self.folder / f"{role.replace(' ', '-')}.txt"
        output.unlink(missing_ok=True)
        return self.begin(role, party.subscribe(self.relay, self.namespace, output, self.largest, first))

    def publish(self, hold: int = 0) -> Child:
        self.sending = self.begin("publisher", self.publisher.publish(self.relay, self.namespace, self.largest, hold))
        return self.sending

    def feed(self, first: int, end: int):
        """Our publisher takes its objects from here, a foreign one makes them itself."""
        lines = all_payloads(self.run.seed, self.run.count, self.largest)[first:end]
        self.sending.feed(b"".join(line + b"\n" for line in lines), last=end == self.run.count)

    def wait_until_asked(self):
        """Until our publisher has a subscriber."""
        if self.sending.wait_for_error_line("subscriber for", self.run.timeout - 2):
            # Some relays ask twice, for the track's properties and for its objects: nothing leaves in between.
            time.sleep(0.2)

    def problem_of_subscriber(self, child: Child, party: Party, first: int = 0) -> str | None:
        """None when it has ended with all objects from `first` on."""
        code = child.wait(self.run.timeout)
        if code is None:
            return f"{child.name} still waits after {self.run.timeout:g} s; publisher: {state_of(self.sending)}"
        if not party.is_ours:
            problem = foreign_problem(child, child.name)
        else:
            problem = None if code == 0 else f"cascade subscribe: exit {code}: {child.last_words()}"
            output = child.log.with_suffix(".txt")
            if problem is None or output.exists() and output.stat().st_size:
                lines = output.read_bytes().split(b"\n")
                if lines[-1] == b"":
                    lines.pop()
                wrong = difference(self.run.seed, self.run.count, lines, self.largest, first)
                problem = "; ".join(filter(None, [wrong and f"{child.name}: {wrong}", problem])) or None
        return problem and f"{problem}; publisher: {state_of(self.sending)}"

    def problem_of_publisher(self) -> str | None:
        self.sending.dismiss()
        code = self.sending.wait(8)
        if self.publisher.is_ours:
            return None if code == 0 else f"cascade publish: exit {code}: {self.sending.last_words()}"
        return foreign_problem(self.sending, "publisher")


def transfer(run, relay, name: str, publisher: Party, subscriber: Party) -> Outcome:
    """A subscriber that is there first, a publisher, `run.count` objects: every byte, in order, to the end."""
    with Transfer(run, relay, name, publisher, [subscriber]) as it:
        receiving = it.subscribe(subscriber)
        # A browser takes a second to start; the others connect at once. Nobody depends on this order: a
        # publisher sends when it is asked to.
        time.sleep(0.2)
        it.publish()
        if publisher.is_ours:
            it.wait_until_asked()
            it.feed(0, run.count)
        problem = it.problem_of_subscriber(receiving, subscriber) or it.problem_of_publisher()
        return it.outcome(problem, f"{run.count} objects")


def late_join(run, relay, name: str, publisher: Party, early: Party, late: Party) -> Outcome:
    """A second subscriber comes in the middle of a group. One of ours begins with the next object, a foreign one
    with the group's first, which it fetches (14 to 19) or has filled (20 and 21)."""
    with Transfer(run, relay, name, publisher, [early, late]) as it:
        first = HOLD if late.is_ours else HOLD // GROUP_SIZE * GROUP_SIZE
        before = it.subscribe(early, "early subscriber")
        time.sleep(0.2)
        sending = it.publish(hold=HOLD)
        if publisher.is_ours:
            it.wait_until_asked()
            it.feed(0, HOLD)
            # At our publisher's pace of 100 objects per second.
            time.sleep(HOLD / 100 + 0.3)
        else:
            sending.wait_for_event("holding", run.timeout)
            time.sleep(0.2)
        joining = it.subscribe(late, "late subscriber", first)
        if late.is_ours:
            joining.wait_for_error_line("subscribed to", 6)
        else:
            joining.wait_for_event("receiving", 6)
        if publisher.is_ours:
            it.feed(HOLD, run.count)
        else:
            sending.feed(b"\n", last=False)
        problem = (
            it.problem_of_subscriber(before, early)
            or it.problem_of_subscriber(joining, late, first)
            or it.problem_of_publisher()
        )
        return it.outcome(problem, f"{run.count - first} objects")


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


def tap(run, relay, name: str, command: list) -> Outcome:
    """A test client that prints TAP: every test of its plan must pass, and none be left out but for its draft."""
    start = time.monotonic()
    child = Child(name, command, WORK / name / "client.log")
    try:
        code = child.wait(run.timeout * 3)
        results = [match.groups() for match in map(TAP.match, child.lines) if match]
        counts = [int(match.group(1)) for match in map(PLAN.match, child.lines) if match]
        passed = [title for word, title, _ in results if word == "ok"]
        failed = [title.strip() for word, title, note in results if word != "ok" and "TODO" not in (note or "")]
        skipped = [(title, note) for _, title, note in results if "SKIP" in (note or "").upper()]
        unfounded = [f"{title.strip()} {note}" for title, note in skipped if not LACKING.search(note)]
        problem = None
        if code is None:
            problem = f"did not end in time, {len(results)} tests ran"
        elif failed:
            problem = "failed: " + ", ".join(failed)
        elif not counts or len(passed) != counts[0]:
            problem = f"{len(passed)} tests passed, the plan was {counts}; exit {code}: {child.last_words()}"
        elif unfounded:
            problem = "skipped: " + ", ".join(unfounded)
        detail = f"{len(passed) - len(skipped)} tests" + (f", {len(skipped)} not in the draft" if skipped else "")
        return Outcome(problem is None, problem or detail, time.monotonic() - start, WORK / name)
    finally:
        child.end()
