"""Line plots as SVG, by hand: no library."""

import math

from .parties import NAMES
from .runs import Figure, valid

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 40, 50
COLOURS = {"O": "#0b6bcb", "P": "#c2410c", "F": "#6b7280"}
DASHES = ["", "6 4", "2 3"]


def make(found: dict) -> dict[str, str]:
    sweep = found["sweep"]
    cpu = [(NAMES[letter], COLOURS[letter], "", points(sweep, letter, "relay_cpu_us_per_object")) for letter in "OPF"]
    ranks = (("p50", DASHES[2]), ("p99", DASHES[0]))
    latency = [(f"{NAMES[letter]} {rank}", COLOURS[letter], dash, points(sweep, letter, f"latency_ms_{rank}"))
               for letter in "OPF" for rank, dash in ranks]
    memory = []
    for letter in "OP":
        runs = {count: parts[letter] for count, parts in found["idle"].items() if parts[letter] in valid([parts[letter]])}
        memory.append((NAMES[letter], COLOURS[letter], "",
                       [(count, run["relay_rss_joined_bytes"] / 1e6) for count, run in runs.items()
                        if "relay_rss_joined_bytes" in run]))
    return {
        "cpu.svg": plot("Relay CPU per delivered object", "subscribers of one 5 Mbit/s track", "us", cpu, False),
        "latency.svg": plot("Latency, from due to received", "subscribers of one 5 Mbit/s track", "ms", latency, True),
        "memory.svg": plot("Resident memory of the relay", "idle connections", "MB", memory, False),
    }


def points(sweep: dict, letter: str, field: str) -> list[tuple[float, float]]:
    medians = [(count, Figure(parts[letter], field).median) for count, parts in sweep.items()]
    return [(count, value) for count, value in medians if value is not None]


def plot(title: str, x_name: str, y_name: str, series: list, logarithmic: bool) -> str:
    """`series`: (name, colour, dash, [(x, y)]). A series without points is left out; so is a void run's point."""
    series = [line for line in series if line[3]]
    xs = [x for _, _, _, line in series for x, _ in line] or [1]
    ys = [y for _, _, _, line in series for _, y in line] or [1]
    x_ticks = ticks(0, max(xs))
    y_ticks = decades(min(ys), max(ys)) if logarithmic else ticks(0, max(ys))
    scale = math.log10 if logarithmic else float

    def place(x: float, y: float) -> tuple[float, float]:
        low, high = scale(y_ticks[0]), scale(y_ticks[-1])
        across = (x - x_ticks[0]) / (x_ticks[-1] - x_ticks[0])
        up = (scale(max(y, y_ticks[0])) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">{title}</text>']
    for value in y_ticks:
        _, y = place(0, value)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in x_ticks:
        x, _ = place(value, y_ticks[0])
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{x_name}</text>')
    parts.append(f'<text x="16" y="{TOP - 10}">{y_name}</text>')
    for index, (name, colour, dash, line) in enumerate(series):
        style = f'stroke="{colour}" stroke-width="2" fill="none"' + (f' stroke-dasharray="{dash}"' if dash else "")
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in sorted(line)))
        parts.append(f'<polyline points="{path}" {style}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in (place(*point) for point in line)]
        y = TOP + 12 + 18 * index
        parts.append(f'<line x1="{WIDTH - RIGHT + 12}" y1="{y - 4}" x2="{WIDTH - RIGHT + 36}" y2="{y - 4}" {style}/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 42}" y="{y}">{name}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def ticks(low: float, high: float) -> list[float]:
    """Four to eight round values from `low` to at least `high`."""
    span = max(high - low, 1e-9)
    step = 10 ** math.floor(math.log10(span / 4))
    while span / step > 8:
        step *= 2 if span / step <= 16 else 5
    return [low + step * index for index in range(math.ceil(span / step) + 1)]


def decades(low: float, high: float) -> list[float]:
    first = math.floor(math.log10(max(low, 1e-6)))
    last = max(first + 1, math.ceil(math.log10(max(high, 1e-6))))
    return [10.0**power for power in range(first, last + 1)]
