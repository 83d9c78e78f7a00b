"""The table, on the terminal and in RESULTS.md."""

import datetime
import importlib.metadata
import re
import shutil
import subprocess

from .processes import INTEROP, ROOT

WAYS = {
    "quic": "raw QUIC",
    "webtransport": "WebTransport",
    "crossing": "raw QUIC -> WebTransport, column: subscriber",
    "crossing back": "WebTransport -> raw QUIC, column: publisher",
}
MARK = {True: "ok", False: "**FAIL**", None: "-"}


def said(command: list[str], pattern: str) -> str:
    try:
        text = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=ROOT)
    except (OSError, subprocess.TimeoutExpired):
        return "not found"
    match = re.search(pattern, text.stdout + text.stderr)
    return match.group(1) if match else "unknown"


def versions() -> list[str]:
    commit = said(["git", "describe", "--always", "--dirty"], r"(\S+)")
    swift = said(["swift", "--version"], r"Swift version ([0-9.]+)")
    package = {name: importlib.metadata.version(name) for name in ("moq-rs", "moq-ffi", "aiomoqt", "qh3")}
    lines = [
        f"- Cascade: commit {commit}, Swift {swift}",
        f"- moq-dev: PyPI moq-rs {package['moq-rs']}, moq-ffi {package['moq-ffi']}",
        f"- aiomoqt: PyPI aiomoqt {package['aiomoqt']}, qh3 {package['qh3']}",
    ]
    browser = shutil.which("chromium")
    if browser:
        lines.append("- Chromium " + said([browser, "--version"], r"Chromium ([0-9.]+)") + ", headless")
    return lines


def table(title: str, results: list) -> tuple[list[str], list[str]]:
    """Markdown lines of one table, and its notes."""
    columns = sorted({cell.column for cell, _ in results})
    found = {(cell.row, cell.column): (cell, outcome) for cell, outcome in results}
    rows = list(dict.fromkeys(cell.row for cell, _ in results))
    notes: dict[str, int] = {}

    def entry(key) -> str:
        if key not in found:
            return ""
        cell, outcome = found[key]
        if outcome is None:
            return f"- [{notes.setdefault(cell.reason, len(notes) + 1)}]"
        return MARK[outcome.ok]

    lines = [f"## {title}", ""]
    for way, name in WAYS.items():
        shown = [column for column in columns if column[1] == way]
        if not shown:
            continue
        lines.append(f"| {name} | " + " | ".join(f"draft {draft}" for draft, _ in shown) + " |")
        lines.append("|---|" + "---|" * len(shown))
        for row in rows:
            entries = [entry((row, column)) for column in shown]
            if any(entries):
                lines.append(f"| {row} | " + " | ".join(entries) + " |")
        lines.append("")
    lines += [f"[{number}] {reason}." + "  " for reason, number in notes.items()]
    return lines, [
        f"- {cell.row}, {cell.place}: {outcome.detail}"
        for cell, outcome in results
        if outcome is not None and not outcome.ok
    ]


def write(run, tables: list[tuple[str, list]], seconds: float) -> str:
    lines = ["# Interop results", ""]
    done = [outcome for _, results in tables for _, outcome in results if outcome is not None]
    green = sum(outcome.ok for outcome in done)
    now = datetime.datetime.now(datetime.timezone.utc)
    lines += [
        f"Written by `make interop` on {now:%Y-%m-%d %H:%M} UTC: {green} of {len(done)} cells green, {seconds:.0f} s.",
        "",
        f"A cell is one run through a relay on the loopback interface: {run.count} objects of 130 to 20 200 bytes, "
        "every byte and their order checked, and a clean end on both sides (towards aiomoqt objects of at most 430 "
        "bytes: it stalls on larger ones that span two reads at the end of a stream). `-` is a combination that one side "
        "cannot do; the note says why. A late subscriber comes in the middle of the fourth group. `cascade interop` is green when "
        "every test passes or is about something that the draft does not have.",
        "",
        *versions(),
        "",
    ]
    failures = []
    for title, results in tables:
        if results:
            part, wrong = table(title, results)
            lines += part + [""]
            failures += wrong
    if failures:
        lines += ["## Failures", "", *failures, ""]
    text = "\n".join(lines).rstrip() + "\n"
    if run.writes_results:
        (INTEROP / "RESULTS.md").write_text(text)
    return text
