"""Child processes with a log each, bounded in time and ended by their own id."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time

INTEROP = pathlib.Path(__file__).resolve().parent.parent
ROOT = INTEROP.parent
WORK = INTEROP / ".work"


class Child:
    """One process: what it prints is kept in `lines` and in a log file; its standard input stays open."""

    def __init__(self, name: str, command: list, log: pathlib.Path):
        self.name = name
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self.errors = log.with_suffix(".err").open("wb")
        self.output = log.open("w")
        self.output.write("$ " + " ".join(map(str, command)) + "\n")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            start_new_session=True, cwd=log.parent, bufsize=0,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "SWIFT_BACKTRACE": "interactive=no,color=no"},
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for raw in self.process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            self.output.write(line + "\n")
            self.output.flush()
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_for_line(self, matches, timeout: float) -> str | None:
        """The first line for which `matches` holds, or None when the process ended or time ran out before."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for line in self.lines:
                    if matches(line):
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    return None
                self.changed.wait(min(left, 0.2))

    def wait_for_event(self, event: str, timeout: float) -> dict | None:
        line = self.wait_for_line(lambda text: event_of(text) == event, timeout)
        return json.loads(line) if line else None

    def wait(self, timeout: float) -> int | None:
        """The exit code, or None when it still runs after `timeout` seconds."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.reader.join(2)
        return code

    def wait_for_error_line(self, text: str, timeout: float) -> bool:
        """Whether `text` appears on its standard error."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            if text in self.log.with_suffix(".err").read_text(errors="replace"):
                return True
            time.sleep(0.02)
        return False

    def feed(self, data: bytes, last: bool = True):
        """Writes to its standard input, in the background; with `last` that is closed afterwards."""

        def write():
            # Unbuffered: a process that reads nothing must not keep `dismiss` from closing the pipe.
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[self.process.stdin.write(rest):]
                if last:
                    self.process.stdin.close()
            except (OSError, ValueError):
                pass

        threading.Thread(target=write, daemon=True).start()

    def dismiss(self):
        """Closes its standard input: a publisher has nothing more to stay for."""
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def end(self):
        """Ends the process, politely first."""
        self.dismiss()
        for number, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            if self.process.poll() is not None:
                break
            os.killpg(self.process.pid, number)
            self.wait(patience)
        self.reader.join(1)
        self.output.close()
        self.errors.close()

    def last_words(self) -> str:
        """The end of what it said on standard error, in one line."""
        text = self.log.with_suffix(".err").read_text(errors="replace").strip().splitlines()
        return " / ".join(text[-2:])[-300:]


def event_of(line: str) -> str | None:
    try:
        return json.loads(line).get("event")
    except (ValueError, AttributeError):
        return None
