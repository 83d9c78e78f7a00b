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
    column: tuple  # (draft, transport), or a name
    action: Callable | None  # (run, relay) -> Outcome; None for an empty cell
    reason: str = ""
    relay: str = "all"  # what cascade-relay is told by --drafts, or "moq-dev" for the foreign relay


def named(*parts) -> str:
    """The parts as a folder's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(map(str, parts))).strip("-")


def transfer(row, publisher, subscriber, column, relay, transports=None, drafts=(None, None)) -> Cell:
    """`transports` and `drafts` are the publisher's and the subscriber's."""
    name = named(f"relay {relay}", row, *([column] if isinstance(column, str) else column))

    def action(run, running):
        first = Party(run, publisher, transports[0], drafts[0])
        second = Party(run, subscriber, transports[1], drafts[1])
        return cells.transfer(run, running, name, first, second)

    return Cell(row, column, action, relay=relay)


def main_table(drafts: list[int]) -> list[Cell]:
    """Every pair of peers around cascade-relay, by draft and transport."""
    plan = []
    pairs = [
        ("cascade", "cascade"), ("moq-dev", "cascade"), ("cascade", "moq-dev"), ("moq-dev", "moq-dev"),
        ("aiomoqt", "cascade"), ("cascade", "aiomoqt"), ("aiomoqt", "aiomoqt"),
        ("cascade", "chromium"), ("moq-dev", "chromium"),
    ]
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
            plan.append(interop_client("aiomoqt's interop client", column))
            plan.append(interop_client("cascade interop", column))
    return plan


def interop_client(row: str, column: tuple) -> Cell:
    draft, transport = column
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
                run.binaries / "cascade", "interop", relay.url(transport), "--draft", draft, "--tls-sha256", relay.sha256,
            ]

    name = named(row, draft, transport)
    return Cell(
        row, column, lambda run, relay: cells.tap(run, relay, name, command(run, relay), 6), relay=str(draft)
    )


def mixed_table(drafts: list[int]) -> list[Cell]:
    """A relay with every draft, and two sides that differ in draft and transport."""
    plan = []
    newest, oldest = max(drafts), min(drafts)

    def add(publisher, subscriber, transports, ends):
        def side(kind, transport, draft):
            spoken = f"draft {draft}" if draft else "its newest draft"
            return f"{kind} ({spoken}, {'QUIC' if transport == 'quic' else 'WebTransport'})"

        row = f"{side(publisher, transports[0], ends[0])} -> {side(subscriber, transports[1], ends[1])}"
        plan.append(transfer(row, publisher, subscriber, "mixed", "all", transports, ends))

    for first in drafts:
        for second in drafts:
            if first != second:
                add("cascade", "cascade", ("quic", "webtransport"), (first, second))
    for draft in drafts:
        add("moq-dev", "cascade", ("quic", "webtransport"), (None, draft))
        add("cascade", "moq-dev", ("webtransport", "quic"), (draft, None))
    if 14 in drafts:
        add("aiomoqt", "moq-dev", ("webtransport", "quic"), (14, None))
        add("moq-dev", "aiomoqt", ("quic", "webtransport"), (None, 14))
        add("aiomoqt", "chromium", ("webtransport", "webtransport"), (14, newest))
        add("cascade", "chromium", ("quic", "webtransport"), (oldest, newest))
    return plan


def foreign_relay_table(drafts: list[int]) -> list[Cell]:
    """Cascade's client through moq-dev's relay."""
    plan = []
    for draft in drafts:
        for transport in TRANSPORTS:
            pairs = [("cascade", "cascade"), ("moq-dev", "cascade"), ("cascade", "moq-dev")]
            if transport == "webtransport":
                pairs.append(("moq-dev", "chromium"))  # Nothing of ours: shows that the harness itself works.
            for publisher, subscriber in pairs:
                row = f"{publisher} -> {subscriber}"
                plan.append(
                    transfer(
                        row, publisher, subscriber, (draft, transport), "moq-dev", (transport, transport), (draft, draft)
                    )
                )
    return plan
