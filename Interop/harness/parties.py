"""Publishers and subscribers by name, each as the command that starts it."""

import sys

from .processes import INTEROP

sys.path.insert(0, str(INTEROP / "peers"))
from payload import GROUP_SIZE  # noqa: E402

PEERS = INTEROP / "peers"
FOREIGN = {"moq-dev": "moqdev.py", "aiomoqt": "aiomoqt_peer.py", "chromium": "browser.py"}


class Party:
    """What one side of a cell needs to know."""

    def __init__(self, run, kind: str, transport: str, draft):
        self.run, self.kind, self.transport, self.draft = run, kind, transport, draft

    @property
    def is_ours(self) -> bool:
        return self.kind == "cascade"

    def publish(self, relay, namespace: str, largest: int, hold: int = 0) -> list:
        """Ours reads lines from its standard input; a foreign one waits after `hold` objects."""
        if not self.is_ours:
            return self._foreign("publish", relay, namespace, largest) + (["--hold", hold] if hold else [])
        return self._ours("publish", relay, namespace) + [
            "--input", "-", "--start", "subscriber", "--framing", "lines", "--group-size", GROUP_SIZE, "--rate", "100",
            "--first-group", 0,
        ]

    def subscribe(self, relay, namespace: str, output, largest: int, first: int = 0) -> list:
        """`first` is the first object that a foreign one is to expect."""
        if not self.is_ours:
            return self._foreign("subscribe", relay, namespace, largest) + (["--first", first] if first else [])
        return self._ours("subscribe", relay, namespace) + [
            "--output", output, "--framing", "lines", "--timeout", f"{self.run.timeout - 4:g}",
        ]

    def _ours(self, verb: str, relay, namespace: str) -> list:
        command = [self.run.binaries / "cascade", verb, relay.url(self.transport)]
        command += ["--namespace", namespace, "--track", "data", "--tls-sha256", relay.sha256, "-v"]
        return command + (["--draft", self.draft] if self.draft else [])

    def _foreign(self, verb: str, relay, namespace: str, largest: int) -> list:
        command = [sys.executable, PEERS / FOREIGN[self.kind], verb, relay.url(self.transport)]
        command += ["--namespace", namespace, "--count", self.run.count, "--seed", self.run.seed, "--largest", largest]
        command += ["--timeout", f"{self.run.timeout - 3:g}"]
        if self.kind == "aiomoqt":
            command.append("--log")
        if self.kind == "chromium":
            command += ["--sha256", relay.sha256, "--draft", self.draft]
        return command
