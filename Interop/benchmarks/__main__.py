"""`make bench` and `make bench-quick`: Cascade beside a peer and beside the floor, on this machine, now."""

import argparse
import sys

from harness.processes import INTEROP, WORK

from . import document, heap, parties, plots, profile, runs
from .runs import interleaved, run


def fastest_draft(seconds: str) -> tuple[int, dict[int, float]]:
    """The draft on which the peer spends the least, by one small run on each that both speak."""
    costs = {}
    for draft in (14, 15, 16, 17, 18, 19):
        result = run("P", "P1", ["--subscribers", "20", "--duration", seconds, "--warm-up", "1s"], draft)
        if not result.get("void") and result.get("relay_cpu_us_per_object"):
            costs[draft] = result["relay_cpu_us_per_object"]
    return (min(costs, key=costs.get) if costs else 18), costs


def subscribers_that_all_bear(letters: str, name: str, flags: list[str], draft: int) -> int:
    """The scenario's number, or the largest half of it at which no party is saturated: the load is the same
    for all, and a saturated relay's cost means nothing."""
    count = runs.scenario(name)["subscribers"]
    while count > 10:
        tried = [run(letter, name, ["--subscribers", str(count), *flags], draft if letter == "P" else None)
                 for letter in letters]
        # A party that fails with its core half idle fails for another reason, which less load will not remove.
        if not any(result.get("void") and is_loaded(result) for result in tried):
            break
        count //= 2
    return count


# What is measured on its own, by whom, and the flags that take away what it adds to an ordinary load.
BESIDE = (
    ("P6", "OP", []),
    ("P8", "OP", ["--slow", "0", "--stalled", "0"]),
    ("P16", "O", ["--churn", "0"]),
    ("P11", "OP", ["--subscriptions", "1"]),
    ("P7", "O", ["--watchers", "0"]),
)


def beside(letters: str, name: str, rounds: int, without: list[str], drafts: dict) -> tuple[dict, dict]:
    """`rounds` runs of each party with and without something, the two back to back and in alternating order."""
    made: tuple[dict, dict] = ({letter: [] for letter in letters}, {letter: [] for letter in letters})
    for turn in range(rounds):
        for letter in letters if turn % 2 == 0 else reversed(letters):
            for kind in (0, 1) if turn % 2 == 0 else (1, 0):
                if kind == 0 or without:
                    flags = [] if kind == 0 else without
                    made[kind][letter].append(run(letter, name, flags, drafts.get(letter)))
    return made


def is_loaded(result: dict) -> bool:
    return result.get("relay_cpu_share", 0) > 0.4 or result.get("generator_cpu_share", 0) > 0.6


def compare(name: str, letters: str, options, draft: int) -> dict:
    flags = ["--duration", options.seconds, "--warm-up", options.warm_up]
    count = subscribers_that_all_bear(letters, name, ["--duration", "3s", "--warm-up", "1s"], draft) \
        if not options.quick else runs.scenario(name)["subscribers"]
    print(f"{name}, {count} subscribers:", file=sys.stderr)
    flags += ["--subscribers", str(count)]
    return {"subscribers": count, **interleaved(letters, name, options.rounds, flags, {"P": draft})}


def quick(options) -> dict:
    found = {"draft": 18, "drafts": {}, "compared": {}}
    for name in ("P1", "P2-streams", "P2-datagrams"):
        found["compared"][name] = compare(name, "OPF", options, 18)
    found["idle"] = {500: {letter: run(letter, "P10", ["--idle", "500", "--join-time", "2s", "--duration", "3s"])
                           for letter in "OP"}}
    return found


def full(options) -> dict:
    draft, costs = fastest_draft("4s")
    found = {"draft": draft, "drafts": costs, "compared": {}}
    for name in ("P1", "P2-streams", "P2-datagrams", "P3"):
        found["compared"][name] = compare(name, "OPF", options, draft)
    for name, letters, without in BESIDE:
        print(f"{name}{', and without what it adds' if without else ''}:", file=sys.stderr)
        found["compared"][name], found[f"{name} alone"] = beside(letters, name, options.rounds, without, {"P": draft})
    print("P4, subscribers of P1's track:", file=sys.stderr)
    found["sweep"] = {count: interleaved("OPF", "P4", 3, ["--subscribers", str(count), "--duration", "5s"], {"P": draft})
                      for count in (10, 50, 100, 200, 300)}
    print("P10, idle connections:", file=sys.stderr)
    found["idle"] = {count: {letter: run(letter, "P10", ["--idle", str(count)]) for letter in "OP"}
                     for count in (100, 500, 1000, 2500, 5000, 10000)}
    print("P13, workers:", file=sys.stderr)
    found["workers"] = workers(options)
    return found


def workers(options) -> dict:
    """One worker against two, in turn and on the same cores, at the scenario's load and at half of it: at the latter a worker
    finds fewer packets whenever it wakes. With fewer than four cores the generator runs on them too, and the cost per object
    is what compares."""
    apart = parties.cores() >= 4
    places = parties.WIDE if apart else parties.TOGETHER
    count = runs.scenario("P13")["subscribers"]
    kinds = [(number, subscribers) for subscribers in (count, count // 2) for number in (1, 2)]
    made: dict = {"apart": apart, "subscribers": count, "runs": {kind: [] for kind in kinds}}
    for turn in range(options.rounds):
        for number, subscribers in kinds if turn % 2 == 0 else reversed(kinds):
            flags = ["--duration", options.seconds, "--subscribers", str(subscribers)]
            made["runs"][number, subscribers].append(run("O", "P13", flags, workers=number, places=places))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(prog="Interop/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample in two minutes; writes no document")
    parser.add_argument("--rounds", type=int, help="runs of each party (5; quick: 1)")
    parser.add_argument("--seconds", help="length of one measurement (10s; quick: 3s)")
    parser.add_argument("--profile", action="store_true", help="only makes the document's sections on where time and memory go anew")
    parser.add_argument("--workers", action="store_true", help="only makes the document's section on workers (P13) anew")
    options = parser.parse_args()
    page = INTEROP / "BENCHMARKS.md"
    if options.profile:
        page.write_text(heap.replace_section(profile.replace_section(page.read_text())))
        return 0
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or ("3s" if options.quick else "10s")
    options.warm_up = "1s" if options.quick else "2s"
    if options.workers:
        page.write_text(document.with_section(page.read_text(), document.workers_alone(workers(options), options)))
        return 0
    runs.JOURNAL.unlink(missing_ok=True)
    found = quick(options) if options.quick else full(options)
    text = document.make(found, options)
    if options.quick:
        (WORK / "bench" / "sample.md").write_text(text)
        print(document.summary(found))
        print("This was a sample; `make bench` measures.")
        return 0
    page.write_text(heap.replace_section(profile.replace_section(text)))
    for name, picture in plots.make(found).items():
        (INTEROP / "plots").mkdir(exist_ok=True)
        (INTEROP / "plots" / name).write_text(picture)
    print(document.summary(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
