"""Which cells exist, and why the others do not."""

import dataclasses
import re
import sys
from typing import Callable

from . import cells
from .parties import Party

TRANSPORTS = ("quic", "webtransport")

NO_DATA_ON_QUIC = "aiomoqt has no data streams on raw QUIC (its publisher sends none, its subscriber closes at the first)"
ONLY_14 = "aiomoqt speaks draft 14 only"
BROWSER_QUIC = "a browser has no raw QUIC"


@dataclasses.dataclass
class Cell:
    row: str
    column: tuple  # (draft, transport)
    action: Callable | None  # (run, relay) -> Outcome; None for an empty cell
    reason: str = ""
    relay: str = "all"  # what cascade-relay is told by --drafts, or "moq-dev" for the foreign relay

    @property
    def place(self) -> str:
        return " ".join(map(str, self.column))


def named(*parts) -> str:
    """The parts as a folder's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(map(str, parts))).strip("-")


def transfer(row, publisher, subscriber, column, relay, transports=None, drafts=(None, None)) -> Cell:
    """`transports` and `drafts` are the publisher's and the subscriber's."""
    name = named(f"relay {relay}", row, *column)

    def action(run, running):
        first = Party(run, publisher, transports[0], drafts[0])
        second = Party(run, subscriber, transports[1], drafts[1])
        return cells.transfer(run, running, name, first, second)

    return Cell(row, column, action, relay=relay)


def late_join(publisher, subscriber, column, relay) -> Cell:
    """A subscriber of ours is there from the beginning, `subscriber` comes late."""
    row = f"{publisher} -> late {subscriber}"
    name = named(f"relay {relay}", row, *column)
    draft, transport = column

    def action(run, running):
        first, early, late = (Party(run, kind, transport, draft) for kind in (publisher, "cascade", subscriber))
        return cells.late_join(run, running, name, first, early, late)

    return Cell(row, column, action, relay=relay)


def main_table(drafts: list[int]) -> list[Cell]:
    """Every pair of peers around cascade-relay, by draft and transport."""
    plan = []
    pairs = [
        ("cascade", "cascade"), ("moq-dev", "cascade"), ("cascade", "moq-dev"), ("moq-dev", "moq-dev"),
        ("aiomoqt", "cascade"), ("cascade", "aiomoqt"), ("aiomoqt", "aiomoqt"),
        ("cascade", "chromium"), ("moq-dev", "chromium"),
    ]
    late = [("cascade", "cascade"), ("cascade", "moq-dev"), ("moq-dev", "moq-dev")]
    for draft in drafts:
        for transport in TRANSPORTS:
            column = (draft, transport)
            for publisher, subscriber in pairs:
                row = f"{publisher} -> {subscriber}"
                reason = ""
                if "aiomoqt" in (publisher, subscriber):
                    reason = ONLY_14 if draft != 14 else NO_DATA_ON_QUIC if transport == "quic" else ""
                if "chromium" in (publisher, subscriber) and transport == "quic":
                    reason = BROWSER_QUIC
                if reason:
                    plan.append(Cell(row, column, None, reason, str(draft)))
                else:
                    # moq-dev and aiomoqt take no draft: the relay offers only this one.
                    plan.append(
                        transfer(row, publisher, subscriber, column, str(draft), (transport, transport), (draft, draft))
                    )
            plan += [late_join(publisher, subscriber, column, str(draft)) for publisher, subscriber in late]
            plan.append(interop_client("aiomoqt's interop client", column))
            plan.append(interop_client("cascade interop --all", column))
    return plan


def interop_client(row: str, column: tuple, relay: str = "") -> Cell:
    """A client that tests a relay; cascade-relay at the column's draft unless `relay` says another."""
    draft, transport = column
    kind = relay or str(draft)
    if row.startswith("aiomoqt"):
        if draft != 14:
            return Cell(row, column, None, ONLY_14, str(draft))

        def command(run, relay):
            return [
                sys.executable, "-m", "aiomoqt.examples.moq_interop_client", "--relay", relay.url(transport),
                "--tls-disable-verify",
            ]
    else:

        def command(run, relay):
            return [
                run.binaries / "cascade", *row.split()[1:], relay.url(transport), "--draft", draft, "--tls-sha256",
                relay.sha256,
            ]

    name = named(f"relay {kind}", row, draft, transport)
    return Cell(row, column, lambda run, relay: cells.tap(run, relay, name, command(run, relay)), relay=kind)


def crossing_table(drafts: list[int]) -> list[Cell]:
    """A relay with every draft, and two sides that differ in draft and transport."""
    plan = []
    every = ",".join(map(str, sorted(drafts, reverse=True)))

    def add(row, publisher, subscriber, draft, ends, way="crossing"):
        transports = {"crossing": ("quic", "webtransport"), "crossing back": ("webtransport", "quic")}[way]
        plan.append(transfer(row, publisher, subscriber, (draft, way), every, transports, ends))

    for first in drafts:
        for second in drafts:
            if first != second:
                add(f"cascade, draft {first} -> cascade", "cascade", "cascade", second, (first, second))
    # moq-dev takes the newest draft that it is offered.
    for draft in drafts:
        add("moq-dev, its newest -> cascade", "moq-dev", "cascade", draft, (None, draft))
        add("cascade -> moq-dev, its newest", "cascade", "moq-dev", draft, (draft, None), "crossing back")
        add(f"cascade, draft {min(drafts)} -> chromium", "cascade", "chromium", draft, (min(drafts), draft))
    if 14 in drafts:
        add("aiomoqt -> moq-dev, its newest", "aiomoqt", "moq-dev", 14, (14, None), "crossing back")
        add("moq-dev, its newest -> aiomoqt", "moq-dev", "aiomoqt", 14, (None, 14))
    return plan


def foreign_relay_table(drafts: list[int]) -> list[Cell]:
    """Cascade's client through moq-dev's relay, the draft being Cascade's."""
    plan = []
    for draft in drafts:
        for transport in TRANSPORTS:
            column = (draft, transport)
            pairs = [("cascade", "cascade"), ("moq-dev", "cascade"), ("cascade", "moq-dev")]
            if transport == "webtransport":
                pairs.append(("moq-dev", "chromium"))  # Nothing of ours: shows that the harness itself works.
            for publisher, subscriber in pairs:
                row = f"{publisher} -> {subscriber}"
                plan.append(
                    transfer(row, publisher, subscriber, column, "moq-dev", (transport, transport), (draft, draft))
                )
            plan.append(late_join("cascade", "cascade", column, "moq-dev"))
            # The six tests that implementations have agreed on; of ours it fails about a third.
            plan.append(interop_client("cascade interop", column, "moq-dev"))
    return plan


def tables(drafts: list[int]) -> list[tuple[str, list[Cell]]]:
    return [
        ("Through cascade-relay", main_table(drafts)),
        ("Through cascade-relay, across drafts and transports", crossing_table(drafts)),
        ("Through moq-dev's relay (the draft is Cascade's, or Chromium's; it speaks its newest to itself)", foreign_relay_table(drafts)),
    ]
