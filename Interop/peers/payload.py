"""The objects that every interop run sends: printable, deterministic, self-describing.

Object `number` of a run with `seed` is one line of text without a line end: it names its own number, seed and
length, and carries the SHA-256 of its filler, so a receiver knows every byte that must come.
"""

import hashlib

# Small, around a packet, and many packets; the sizes repeat with a period that is no divisor of a group.
SIZES = (120, 1, 300, 1150, 1300, 4000, 90, 20000, 700, 150, 2500)
GROUP_SIZE = 10


# Objects of at most one packet, for a receiver that loses larger ones (see harness/plan.py).
SMALL = 300


def payload(seed: int, number: int, largest: int = max(SIZES)) -> bytes:
    """The bytes of one object: its length drawn from SIZES, at most `largest`, and about 130 bytes of text."""
    length = min(SIZES[number % len(SIZES)], largest)
    filler = hashlib.shake_128(f"cascade {seed} {number}".encode()).hexdigest((length + 1) // 2)[:length]
    digest = hashlib.sha256(filler.encode()).hexdigest()
    return f"cascade-interop seed={seed} number={number} length={length} sha256={digest} {filler}".encode()


def all_payloads(seed: int, count: int, largest: int = max(SIZES)) -> list[bytes]:
    return [payload(seed, number, largest) for number in range(count)]


def difference(seed: int, count: int, received: list[bytes], largest: int = max(SIZES), first: int = 0) -> str | None:
    """None when `received` is exactly the run's objects from `first` on, in order, else a sentence about the first
    difference."""
    every = all_payloads(seed, count, largest)
    expected = every[first:]
    for number, (want, got) in enumerate(zip(expected, received), first):
        if want == got:
            continue
        if got in every:
            return f"object {every.index(got)} came in place {number}"
        at = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
        return f"object {number}: {len(got)} bytes instead of {len(want)}, first difference at byte {at}"
    if len(received) != len(expected):
        return f"{len(received)} objects instead of {len(expected)}"
    return None
