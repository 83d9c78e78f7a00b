"""One run of the load generator against one party, and many of them in turn."""

import json
import os
import statistics
import subprocess
import sys
import time

from harness.processes import INTEROP, WORK

from . import parties

SCENARIOS = INTEROP / "scenarios"
JOURNAL = WORK / "bench" / "runs.jsonl"


def scenario(name: str) -> dict:
    return json.loads((SCENARIOS / f"{name}.json").read_text())


def run(letter: str, name: str, flags: list[str] = (), draft: int | None = None, workers: int = 1,
        places: tuple = parties.APART) -> dict:
    """The generator's result line, with `party` and what else is known here; `void` when anything failed."""
    described = scenario(name)
    for flag, field in (("--object-size", "objectByteCount"), ("--rate", "objectsPerSecond")):
        if flag in flags:
            described[field] = float(flags[list(flags).index(flag) + 1])
    try:
        party = parties.start(letter, described, workers, places[0])
    except parties.PartyFailed as failure:
        return keep({"party": letter, "scenario": name, "void": True, "void_reason": str(failure)})
    try:
        command = [parties.BINARIES / "cascade", "bench", party.url, "--insecure", "--json",
                   "--scenario", SCENARIOS / f"{name}.json", "--relay-pid", str(party.pid), *party.flags, *flags]
        if draft is not None and letter != "F":
            command += ["--draft", str(draft)]
        command = parties.pinned(places[1], command)
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=180)
            lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"event":"result"')]
            words = done.stderr.strip()[-300:]
        except subprocess.TimeoutExpired:
            lines, words = [], "the generator did not end"
        result = lines[-1] if lines else {"scenario": name, "void": True, "void_reason": words}
        result.update(party=letter, workers=workers, load=os.getloadavg()[0], at=time.time())
        if letter == "P":
            result["main_thread_share"] = party.main_thread_share()
        return keep(result)
    finally:
        party.end()


def keep(result: dict) -> dict:
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    with JOURNAL.open("a") as file:
        file.write(json.dumps(result) + "\n")
    state = "void: " + str(result.get("void_reason"))[:90] if result.get("void") else "ok"
    cost = result.get("relay_cpu_us_per_object")
    text = f"  {result['party']} {result['scenario']:13}"
    text += f" {cost:8.2f} us/object" if cost is not None else " " * 19
    print(f"{text}  p99 {result.get('latency_ms_p99', 0):8.2f} ms  {state}", file=sys.stderr, flush=True)
    return result


def interleaved(letters: str, name: str, rounds: int, flags: list[str] = (), drafts: dict | None = None) -> dict:
    """`rounds` runs of each party, in turn and in alternating order: O P F, F P O, ... By party, in order."""
    results: dict[str, list[dict]] = {letter: [] for letter in letters}
    for turn in range(rounds):
        for letter in letters if turn % 2 == 0 else reversed(letters):
            results[letter].append(run(letter, name, flags, (drafts or {}).get(letter)))
    return results


def valid(results: list[dict]) -> list[dict]:
    return [result for result in results if not result.get("void")]


class Figure:
    """The median of a figure over the valid runs of one party, with its spread."""

    def __init__(self, results: list[dict], field: str):
        self.values = [result[field] for result in valid(results) if result.get(field) is not None]
        self.voids = len(results) - len(valid(results))
        reasons = [str(result.get("void_reason")) for result in results if result.get("void")]
        self.reason = reasons[0] if reasons else ""

    @property
    def median(self) -> float | None:
        return statistics.median(self.values) if self.values else None

    def text(self, digits: int = 1) -> str:
        if self.median is None:
            return "void" if self.voids else "-"
        text = f"{self.median:.{digits}f}"
        if len(self.values) > 1:
            text += f" ({min(self.values):.{digits}f}-{max(self.values):.{digits}f})"
        return text + (f", {self.voids} void" if self.voids else "")


def ratio(one: list[dict], other: list[dict], field: str) -> Figure:
    """Round by round, so that the machine's drift cancels."""
    pairs = [(a, b) for a, b in zip(one, other) if not a.get("void") and not b.get("void")]
    made = [{"ratio": a[field] / b[field]} for a, b in pairs if a.get(field) is not None and b.get(field)]
    return Figure(made, "ratio")
