"""`Interop/run [--only TEXT] [--drafts 14,16,18] [--count N] [--jobs N] [--configuration debug]`.

Runs the cells of the plan, several at a time, each against a relay that is started for its kind; prints each as
it ends, then the tables; writes RESULTS.md. Exit code 1 when a cell is red.
"""

import argparse
import concurrent.futures
import itertools
import shutil
import sys
import threading
import time

from . import cells, plan, relays, results
from .processes import WORK


class Run:
    """What all cells of one run share."""

    def __init__(self, options):
        self.count, self.seed, self.timeout = options.count, options.seed, options.timeout
        self.binaries = relays.binaries_of(options.configuration)
        self.writes_results = not options.only
        numbers = itertools.count(1)
        self.next_number = lambda: next(numbers)
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)


def run_cell(run: Run, cell: plan.Cell, pool: relays.RelayPool) -> cells.Outcome:
    try:
        relay = pool.take(cell.relay)
        outcome = cell.action(run, relay)
        if not relay.alive:
            outcome = cells.Outcome(
                False, f"the relay died (exit {relay.child.process.poll()}): {relay.child.last_words()}; {outcome.detail}",
                outcome.seconds, outcome.logs,
            )
    except (relays.RelayFailed, OSError) as error:
        outcome = cells.Outcome(False, str(error))
    finally:
        pool.give_back(cell.relay)
    return outcome


def run_all(run: Run, tables: list[tuple[str, list]], only: str, jobs: int) -> list[tuple[str, list]]:
    """Each table's cells with their outcomes: None for a cell that is empty or was not asked for."""

    def is_wanted(title: str, cell: plan.Cell) -> bool:
        return cell.action is not None and only in f"{title} / {cell.row} / {cell.place}"

    wanted = [cell for title, members in tables for cell in members if is_wanted(title, cell)]
    # One relay after the other, so that few of them stand at the same time.
    kinds = list(dict.fromkeys(cell.relay for cell in wanted))
    wanted.sort(key=lambda cell: kinds.index(cell.relay))
    pool = relays.RelayPool(run.binaries, [cell.relay for cell in wanted])
    printing = threading.Lock()
    outcomes: dict[int, cells.Outcome] = {}

    def work(cell: plan.Cell):
        outcome = run_cell(run, cell, pool)
        outcomes[id(cell)] = outcome
        with printing:
            print(f"{'ok  ' if outcome.ok else 'FAIL'} {cell.place:16} {cell.row:44} {outcome.seconds:5.1f} s  "
                  f"{'' if outcome.ok else outcome.detail}", flush=True)

    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as executor:
            for done in [executor.submit(work, cell) for cell in wanted]:
                done.result()
    finally:
        pool.end()
    return [
        (title, [(cell, outcomes.get(id(cell))) for cell in members if cell.action is None or id(cell) in outcomes])
        for title, members in tables
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="Interop/run")
    parser.add_argument("--drafts", default="14,15,16,17,18,19,20,21", help="drafts of the tables (default 14 to 21)")
    parser.add_argument("--only", default="", help="run only cells whose title contains this; RESULTS.md stays")
    parser.add_argument("--count", type=int, default=60, help="objects per cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=20, help="seconds per cell")
    parser.add_argument("--jobs", type=int, default=4, help="cells at the same time")
    parser.add_argument("--configuration", default="release", choices=["release", "debug"])
    options = parser.parse_args()
    drafts = [int(text) for text in options.drafts.split(",")]
    run = Run(options)
    start = time.monotonic()
    tables = run_all(run, plan.tables(drafts), options.only, options.jobs)
    text = results.write(run, tables, time.monotonic() - start)
    print()
    print(text)
    ran = [outcome for _, done in tables for _, outcome in done if outcome is not None]
    if not ran:
        print("no cell ran", file=sys.stderr)
        return 1
    print(f"logs: {WORK}")
    return 0 if all(outcome.ok for outcome in ran) else 1


if __name__ == "__main__":
    sys.exit(main())
