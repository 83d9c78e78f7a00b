"""`Interop/run [--only TEXT] [--drafts 14,16,18] [--count N] [--configuration debug]`.

Starts one relay per set of drafts, runs every cell of the plan against it, prints each as it ends, then the
tables; writes RESULTS.md. Exit code 1 when a cell is red.
"""

import argparse
import itertools
import shutil
import sys
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


def run_table(run: Run, title: str, plan_cells: list, only: str) -> list:
    done = []
    by_relay = dict.fromkeys(cell.relay for cell in plan_cells)
    for kind in by_relay:
        relay = failure = None
        for cell in (cell for cell in plan_cells if cell.relay == kind):
            where = cell.column if isinstance(cell.column, str) else " ".join(map(str, cell.column))
            if cell.action is None:
                done.append((cell, None))
                continue
            if only and only not in f"{title} / {cell.row} / {where}":
                continue
            try:
                if failure:
                    raise relays.RelayFailed(failure)
                if relay is None or not relay.alive:
                    if relay is not None:
                        relay.end()
                    relay = relays.start_moqdev() if kind == "moq-dev" else relays.start_cascade(kind, run.binaries)
                outcome = cell.action(run, relay)
                if not relay.alive:
                    outcome = cells.Outcome(
                        False, f"the relay died (exit {relay.child.process.poll()}): {relay.child.last_words()}; "
                        f"{outcome.detail}", outcome.seconds, outcome.logs,
                    )
            except (relays.RelayFailed, OSError) as error:
                failure = str(error)
                outcome = cells.Outcome(False, failure)
            print(f"{'ok  ' if outcome.ok else 'FAIL'} {where:16} {cell.row:44} {outcome.seconds:5.1f} s  "
                  f"{'' if outcome.ok else outcome.detail}", flush=True)
            done.append((cell, outcome))
        if relay is not None:
            relay.end()
    order = {id(cell): place for place, cell in enumerate(plan_cells)}
    return sorted(done, key=lambda pair: order[id(pair[0])])


def main() -> int:
    parser = argparse.ArgumentParser(prog="Interop/run")
    parser.add_argument("--drafts", default="14,16,18", help="drafts of the tables (default 14,16,18)")
    parser.add_argument("--only", default="", help="run only cells whose title contains this; RESULTS.md stays")
    parser.add_argument("--count", type=int, default=60, help="objects per cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=16, help="seconds per cell")
    parser.add_argument("--configuration", default="release", choices=["release", "debug"])
    options = parser.parse_args()
    drafts = [int(text) for text in options.drafts.split(",")]
    run = Run(options)
    start = time.monotonic()
    tables = []
    for title, plan_cells in (
        ("Through cascade-relay", plan.main_table(drafts)),
        ("Through cascade-relay, across drafts and transports", plan.mixed_table(drafts)),
        ("Through moq-dev's relay", plan.foreign_relay_table(drafts)),
    ):
        tables.append((title, run_table(run, title, plan_cells, options.only)))
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
