"""Headless Chromium as a WebTransport subscriber: serves the page, starts the browser, takes its result."""

import argparse
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse

from payload import SIZES, difference
from report import finish, report

PAGES = pathlib.Path(__file__).resolve().parent.parent / "browser"
RESULTS: queue.Queue = queue.Queue()


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, directory=str(PAGES), **named)

    def do_POST(self):
        RESULTS.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


Handler.extensions_map = {**Handler.extensions_map, ".js": "text/javascript"}


def run(options) -> str | None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        return "no chromium on PATH"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    query = urllib.parse.urlencode(
        {
            "url": options.url, "sha256": options.sha256, "draft": options.draft, "namespace": options.namespace,
            "track": options.track, "count": options.count, "timeout": max(options.timeout - 5, 3),
        }
    )
    page = f"http://127.0.0.1:{server.server_port}/subscriber.html?{query}"
    profile = tempfile.mkdtemp(prefix="cascade-chromium.")
    process = subprocess.Popen(
        [
            browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
            f"--user-data-dir={profile}", page,
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )
    try:
        result = RESULTS.get(timeout=options.timeout)
    except queue.Empty:
        return f"the page reported nothing within {options.timeout:g} s"
    finally:
        # The browser's helpers are in the session that was made for it; nothing else is.
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(profile, ignore_errors=True)
    for text in result["notes"]:
        report("note", text=text)
    if result["error"]:
        return result["error"]
    ordered = sorted(result["objects"], key=lambda item: (item["group"], item["object"]))
    return difference(options.seed, options.count, [item["payload"].encode() for item in ordered], options.largest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["subscribe"])
    parser.add_argument("url")
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--draft", type=int, required=True)
    parser.add_argument("--namespace", default="interop/run")
    parser.add_argument("--track", default="data")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=max(SIZES))
    parser.add_argument("--timeout", type=float, default=25)
    finish(run(parser.parse_args()))
