"""How a peer script talks to the harness: one JSON object per line on standard output."""

import asyncio
import json
import os
import sys


def report(event: str, **fields) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def finish(error: str | None, **fields) -> None:
    """The last line, and the exit code."""
    report("done", ok=error is None, error=error, **fields)
    sys.stdout.flush()
    # The Rust runtime behind moq-rs keeps threads: leave without waiting for them.
    os._exit(0 if error is None else 1)


async def released() -> None:
    """Until the harness writes a line to our standard input."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.readline)


async def dismissed() -> None:
    """Until the harness closes our standard input: a publisher stays while its subscribers still read."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
