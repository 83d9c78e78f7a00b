"""Interop/BENCHMARKS.md from what the runs found. Nothing in it is written by hand."""

import datetime
import os
import platform
import re

from harness.results import said

from .parties import NAMES
from .runs import Figure, ratio, scenario, valid

COST = "relay_cpu_us_per_object"
WORKERS = "## Workers (P13)"
# Per scenario: the ratio to the peer and to the floor that must not be exceeded, and what is aimed at.
TARGETS = {
    "P1": (0.5, 2.5, "0.25 x P, 1.5 x F"),
    "P2-streams": (0.5, 2.0, "1.4 x F"),
    "P2-datagrams": (0.5, 2.0, "1.4 x F"),
    "P3": (0.4, None, "1.6 x F"),
}


def make(found: dict, options) -> str:
    lines = ["# Benchmarks", "", f"Written by `make bench` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC. "
             "What counts is a ratio in one run on one machine; absolute times are notes.", ""]
    lines += setting(found, options)
    lines += ["", "## CPU of the relay per delivered object", ""] + cost_table(found)
    if found["drafts"]:
        lines += ["", "The peer's cost by draft (20 subscribers of P1, one run each, us per object): "
                  + ", ".join(f"{draft}: {cost:.1f}" for draft, cost in sorted(found["drafts"].items()))
                  + f". It ran on draft {found['draft']} above."]
    if "sweep" in found:
        lines += ["", "![CPU per object over subscribers](plots/cpu.svg)", "",
                  "## Latency under load (P4)", ""] + sweep_table(found["sweep"])
        lines += ["", "![latency over load](plots/latency.svg)"]
    if "P6" in found["compared"]:
        lines += ["", "## Joins, slow readers, churn", ""] + others(found)
    lines += ["", "## Memory", ""] + memory(found)
    if "sweep" in found:
        lines += ["", "![memory over connections](plots/memory.svg)"]
    if "workers" in found:
        lines += ["", WORKERS, ""] + workers(found["workers"])
    return "\n".join(lines + voids(found)) + "\n"


def setting(found: dict, options) -> list[str]:
    first = next((result for parts in found["compared"].values() for letter in "O" for result in parts.get(letter, [])
                  if not result.get("void")), {})
    peer = [result.get("main_thread_share") for parts in found["compared"].values() for result in parts.get("P", [])
            if result.get("main_thread_share") is not None]
    swift = said(["swift", "--version"], r"Swift version ([0-9.]+)")
    return [
        f"- Machine: {processor()}, {os.cpu_count()} cores, Linux {platform.release()}; relay on core 0, generator on core 1, "
        f"load average {os.getloadavg()[0]:.1f} at the end.",
        f"- O, Cascade: commit {commit()}, Swift {swift}, release build, draft {first.get('draft')}.",
        f"- P, the peer: moq-dev's Rust relay stack from PyPI moq-rs {package('moq-rs')} (moq-ffi {package('moq-ffi')}), its "
        "makers' release build and defaults, one origin as both sides of `moq.Server`, so that everything is forwarded "
        "inside Rust."
        + (f" Python's own thread used at most {100 * max(peer):.0f} % of the process's CPU, start included." if peer else ""),
        "- F, the floor: `Interop/floor/floor.c`, which sends the same bytes to the same connections on the same ngtcp2 and "
        "packet protection without any MoQT. It leaves to ngtcp2 when acknowledgements leave; Cascade keeps those of PINGs for "
        "the next object, which saves up to a third of the packets, and so can cost less than the floor.",
        f"- AES-128-GCM and raw QUIC throughout; {options.rounds} rounds of {options.seconds}, the parties in turn; medians, "
        "with the smallest and largest in parentheses. A run in which less than 99.9 % of the objects came or the generator "
        "used more than 70 % of its core is void and left out.",
    ]


def cost_table(found: dict) -> list[str]:
    lines = ["| load | O us | P us | F us | O/P | must | O/F | must | stretch | O p90 / p99 ms | P p90 / p99 ms |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, (to_peer, to_floor, stretch) in TARGETS.items():
        parts = found["compared"].get(name)
        if not parts:
            continue
        peer, floor = ratio(parts["O"], parts["P"], COST), ratio(parts["O"], parts["F"], COST)
        lines.append(
            f"| {name}, {parts['subscribers']} subscribers | "
            + " | ".join(Figure(parts[letter], COST).text() for letter in "OPF")
            + f" | {judged(peer, to_peer)} | <= {to_peer} | {judged(floor, to_floor)} | "
            + (f"<= {to_floor}" if to_floor else "-") + f" | {stretch} | {latency(parts['O'])} | {latency(parts['P'])} |")
    return lines + ["", *(f"{name}: {scenario(name)['about']}{carried(name, found)}  " for name in TARGETS
                          if name in found["compared"]), "", generator(found), *below(found)]


def carried(name: str, found: dict) -> str:
    """How many of a scenario's datagrams arrived as such: a relay may send an object either way."""
    if not scenario(name).get("usesDatagrams"):
        return ""
    shares = []
    for letter in "OPF":
        good = [result for result in valid(found["compared"][name][letter]) if result.get("objects_arrived")]
        if good:
            share = min(result["objects_arrived_as_datagrams"] / result["objects_arrived"] for result in good)
            shares.append(f"{letter} {100 * share:.0f} %")
    return f" Arrived as datagrams, at least: {', '.join(shares)}."


def below(found: dict) -> list[str]:
    """What keeps P1 from its stretch column, where that is the floor itself."""
    parts = found["compared"].get("P1")
    floor = ratio(parts["F"], parts["P"], COST) if parts else None
    if floor is None or floor.median is None or floor.median <= 0.25:
        return []
    return ["", f"P1's stretch of 0.25 x P is less than the floor costs, which is {floor.text(2)} x P: ngtcp2, the ciphers and the "
            "kernel, whose shares are below."]


def generator(found: dict) -> str:
    """What the load generator itself spends, beside what it measures."""
    def share(results: list[dict]) -> str:
        good = [result for result in valid(results) if result.get("relay_cpu_share")]
        return Figure([{"value": result["generator_cpu_share"] / result["relay_cpu_share"]} for result in good], "value").text(2)

    cells = [f"{name} {share(found['compared'][name]['O'])} of O and {share(found['compared'][name]['P'])} of P"
             for name in TARGETS if name in found["compared"]]
    return ("The generator's own CPU time, all its connections together, as a share of the relay's: " + "; ".join(cells) + ". It "
            "receives, decrypts and acknowledges every packet, as a client of the same libraries must.")


def sweep_table(sweep: dict) -> list[str]:
    lines = ["| subscribers | O core | O p50 / p99 / p99.9 ms | P p50 / p99 / p99.9 ms | F p50 / p99 / p99.9 ms | added p99, O/P |",
             "|---|---|---|---|---|---|"]
    for count, parts in sweep.items():
        share = Figure(parts["O"], "relay_cpu_share").median
        cells = [" / ".join(Figure(parts[letter], f"latency_ms_{rank}").text(2).split(" ")[0] for rank in ("p50", "p99", "p999"))
                 for letter in "OPF"]
        lines.append(f"| {count} | {percent(share)} | {' | '.join(cells)} | {added(parts)} |")
    return lines


def added(parts: dict) -> str:
    """P4's figure: what each adds to the floor's p99."""
    ours, peer, floor = (Figure(parts[letter], "latency_ms_p99").median for letter in "OPF")
    if None in (ours, peer, floor) or peer <= floor:
        return "-"
    return f"{max(0, ours - floor) / (peer - floor):.2f}"


def others(found: dict) -> list[str]:
    compared = found["compared"]
    lines = ["| load | figure | O | P | must |", "|---|---|---|---|---|"]
    joins = [Figure(compared["P6"][letter], "join_ms_p99").text() for letter in "OP"]
    lines.append(f"| P6, 500 late joiners | p99 SUBSCRIBE to first object, ms | {joins[0]} | {joins[1]} | O <= 0.5 x P |")
    healthy = [ratio(compared["P8"][letter], found["P8 alone"][letter], "latency_ms_p99").text(2) for letter in "OP"]
    lines.append(f"| P8, slow and stalled readers | healthy p99 with / without | {healthy[0]} | {healthy[1]} | <= 1.1 |")
    resident = [Figure(megabytes(compared["P8"][letter], "relay_rss_peak_bytes"), "value").text() for letter in "OP"]
    lines.append(f"| P8 | peak memory, MB | {resident[0]} | {resident[1]} | bounded |")
    churn = ratio(compared["P16"]["O"], found["P16 alone"]["O"], "latency_ms_p99").text(2)
    lines.append(f"| P16, 1 000 SUBSCRIBEs a second | p99 with / without | {churn} | - | <= 1.2 |")
    told = Figure(compared["P7"]["O"], "notify_ms_p99").text(2)
    lines.append(f"| P7, 10 000 namespaces to 1 000 watchers | p99 PUBLISH_NAMESPACE to notification, ms | {told} | - | - |")
    return lines + noise("P8's stretch of 1.02", found["P8 alone"]["O"], "latency_ms_p99")


def noise(what: str, results: list[dict], field: str) -> list[str]:
    """How far runs of the same load differ, beside an aim that asks for less than that."""
    values = Figure(results, field).values
    if len(values) < 2:
        return []
    return ["", f"{what} is finer than this machine repeats itself: of {len(values)} runs of its plain load, all alike, the largest value "
            f"is {max(values) / min(values):.2f} times the smallest."]


def memory(found: dict) -> list[str]:
    lines = ["| idle connections | O kB each | P kB each | O CPU | P CPU |", "|---|---|---|---|---|"]
    for count, parts in found.get("idle", {}).items():
        each = [kilobytes(parts.get(letter), "relay_rss_per_connection") for letter in "OP"]
        share = [percent(parts.get(letter, {}).get("relay_cpu_share")) if not parts.get(letter, {}).get("void") else "void"
                 for letter in "OP"]
        lines.append(f"| {count} | {each[0]} | {each[1]} | {share[0]} | {share[1]} |")
    if "P11" in found["compared"]:
        described = scenario("P11")
        more = described["subscribers"] * (described["subscriptions"] - 1)
        cells = []
        for letter in "OP":
            pairs = zip(found["compared"]["P11"][letter], found["P11 alone"][letter])
            sizes = [{"value": (grown(many) - grown(few)) / more} for many, few in pairs
                     if not many.get("void") and not few.get("void")]
            cells.append(Figure(sizes, "value").text(0))
        lines += ["", f"P11, {more} more subscriptions on {described['subscribers']} connections that had one each, bytes per "
                  f"subscription: O {cells[0]}, P {cells[1]} (must: 1500 for O)."]
    if "P7" in found["compared"]:
        each = Figure(found["P7 alone"]["O"], "relay_rss_per_namespace").text(0)
        lines += ["", f"P7, {scenario('P7')['namespaces']} namespaces over {scenario('P7')['announcers']} connections, bytes per "
                  f"namespace, its open request stream included: O {each} (must: 1000)."]
    return lines


def grown(result: dict) -> float:
    return result["relay_rss_joined_bytes"] - result["relay_rss_before_bytes"]


def workers(made: dict) -> list[str]:
    place = "Relay and generator on two cores each." if made["apart"] else (
        "Relay and generator share this machine's two cores, so this says what two workers cost, not how long they wait.")
    lines = [f"{scenario('P13')['about']} {place} Two cores deliver by what an object costs: twice the ratio of one worker's cost "
             "to that of two under the same load together.", "",
             "| subscribers | one worker, us | two workers, us | two cores deliver | must | p99 ms, one / two |",
             "|---|---|---|---|---|---|"]
    for count in sorted({subscribers for _, subscribers in made["runs"]}, reverse=True):
        one, two = made["runs"][1, count], made["runs"][2, count]
        gain = Figure([{"value": 2 * value} for value in ratio(one, two, COST).values], "value")
        must = ">= 1.8" if count == made["subscribers"] else "-"
        late = " / ".join(Figure(results, "latency_ms_p99").text(2).split(" ")[0] for results in (one, two))
        lines.append(f"| {count} | {Figure(one, COST).text()} | {Figure(two, COST).text()} | {gain.text(2)} x | {must} | {late} |")
    return lines + noise("P13's stretch of 1.95", made["runs"][1, made["subscribers"]], COST)


def with_section(text: str, lines: list[str]) -> str:
    """The document with the section that begins with the heading `lines[0]` made anew, at its end if it had none."""
    made = "\n".join(lines) + "\n"
    pattern = re.compile(rf"^{re.escape(lines[0])}\n.*?(?=^## |\Z)", re.M | re.S)
    if pattern.search(text):
        return pattern.sub(lambda _: made + "\n", text).rstrip("\n") + "\n"
    return text.rstrip("\n") + "\n\n" + made


def workers_alone(made: dict, options) -> list[str]:
    """The section on workers when only that is made anew."""
    return [WORKERS, "", *workers(made), "",
            f"This section is of {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}, {options.rounds} "
            f"rounds of {options.seconds}."]


def commit() -> str:
    return said(["git", "describe", "--always", "--dirty"], r"(\S+)")


def voids(found: dict) -> list[str]:
    lines = []
    for name, parts in found["compared"].items():
        for letter in "OPF":
            bad = [result for result in parts.get(letter, []) if result.get("void")]
            if bad:
                lines.append(f"- {name}, {NAMES[letter]}: {len(bad)} of {len(parts[letter])} ({bad[0].get('void_reason')})")
    return ["", "## Void runs", ""] + lines if lines else []


def summary(found: dict) -> str:
    lines = []
    for name, parts in found["compared"].items():
        if name in TARGETS:
            costs = "  ".join(f"{letter} {Figure(parts[letter], COST).text()}" for letter in "OPF")
            to = "  ".join(f"O/{letter} {ratio(parts['O'], parts[letter], COST).text(2)}" for letter in "PF")
            lines.append(f"{name:13} us per object: {costs}   {to}")
    return "\n".join(lines)


def judged(figure: Figure, limit: float | None) -> str:
    if figure.median is None or limit is None or figure.median <= limit:
        return figure.text(2)
    return f"**{figure.text(2)}**"


def latency(results: list[dict]) -> str:
    return " / ".join(Figure(results, f"latency_ms_{rank}").text(2).split(" ")[0] for rank in ("p90", "p99"))


def megabytes(results: list[dict], field: str) -> list[dict]:
    return [{"value": result[field] / 1e6} for result in valid(results) if field in result]


def kilobytes(result: dict | None, field: str) -> str:
    if not result or result.get("void") or field not in result:
        return "void" if result and result.get("void") else "-"
    return f"{result[field] / 1000:.1f}"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def package(name: str) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            match = re.search(r"model name\s*:\s*(.+)", file.read())
            return match.group(1) if match else platform.machine()
    except OSError:
        return platform.machine()
