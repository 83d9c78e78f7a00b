"""Where the relay's time goes under a load: shares of its samples by library, from `perf`, where that is installed."""

import re
import shutil
import subprocess

from harness.processes import INTEROP, WORK

from . import document, parties
from .runs import scenario

HEADING = "## Where the relay's time goes"
# Of each scenario so many subscribers, as in the table of costs.
LOADS = (("P1", 100), ("P2-streams", 200), ("P3", 200))
PARTS = (
    ("kernel", r"\[kernel|\[guest|\[vdso|\[unknown"),
    ("ngtcp2", r"libngtcp2"),
    ("packet protection", r"libIPSec|libgnutls|libnettle|libhogweed|libcrypto"),
    ("our code", r"cascade-relay"),
    ("Swift's runtime", r"libswift"),
    ("C library", r"libc\.so|ld-linux|libm\.so|libpthread"),
)


def shares(name: str, subscribers: int) -> dict[str, float] | None:
    """Per cent of the relay's samples by part; nil without `perf`, or when it may not look."""
    if not shutil.which("perf"):
        return None
    samples = WORK / "bench" / "perf.data"
    party = parties.start("O", scenario(name), 1, parties.APART[0])
    load = None
    try:
        command = [parties.BINARIES / "cascade", "bench", party.url, "--insecure", "--json",
                   "--scenario", INTEROP / "scenarios" / f"{name}.json", "--subscribers", str(subscribers),
                   "--warm-up", "1s", "--duration", "9s"]
        load = subprocess.Popen([str(part) for part in parties.pinned(parties.APART[1], command)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Handshakes cost what no object costs: not before everybody is there.
        record = ["timeout", "60", "perf", "record", "--quiet", "-F", "1999", "-o", str(samples), "-p", str(party.pid),
                  "--", "sleep", "5"]
        try:
            load.wait(5)
        except subprocess.TimeoutExpired:
            subprocess.run(record, capture_output=True, timeout=90)
        report = subprocess.run(["perf", "report", "-i", str(samples), "--no-children", "--sort", "dso", "--stdio"],
                                capture_output=True, text=True, timeout=60).stdout
    finally:
        if load:
            load.terminate()
            load.wait(10)
        party.end()
    found: dict[str, float] = {part: 0.0 for part, _ in PARTS}
    for percent, library in re.findall(r"^\s*([0-9.]+)%\s+(\S+)", report, re.M):
        part = next((part for part, pattern in PARTS if re.search(pattern, library)), "C library")
        found[part] += float(percent)
    return found if sum(found.values()) > 90 else None


def section() -> list[str]:
    lines = [HEADING, "", "Shares of the relay's CPU time, in per cent, five seconds of each load under `perf`. What more code of "
             "ours could save is in two columns of six; the rest is the kernel's, ngtcp2's and the ciphers', which the floor "
             "pays as well.", "",
             "| load | " + " | ".join(part for part, _ in PARTS) + " |", "|---" * (len(PARTS) + 1) + "|"]
    for name, count in LOADS:
        found = shares(name, count)
        if found is None:
            return [HEADING, "", "Not measured: `perf` is not installed here, or may not look at processes."]
        lines.append(f"| {name}, {count} subscribers | " + " | ".join(f"{found[part]:.0f}" for part, _ in PARTS) + " |")
    return lines


def replace_section(text: str) -> str:
    """The document with this section made anew, at its end if it had none."""
    return document.with_section(text, section())
