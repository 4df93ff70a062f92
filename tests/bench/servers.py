# SPDX-License-Identifier: Apache-2.0
"""What a server is, and how one is started and stopped."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
START_SECONDS = 40
STOP_SECONDS = 10


@dataclass(frozen=True)
class Application:
    """What is served: `module:object`, the folder it lies in, a path that answers at once."""

    target: str
    folder: Path
    ready_path: str = "/"
    environment: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """One server with one set of options; {workers}, {bind}, {port} and {app} are filled in."""

    name: str
    version: str
    parser: str
    program: tuple[str, ...]
    place: tuple[str, ...]
    options: tuple[str, ...]
    note: str = ""
    # What names the application; empty where there is only one, built in.
    application: tuple[str, ...] = ("{app}",)
    # Which scenarios it takes part in.
    kind: str = "wsgi"
    # More options, of which each scenario takes the best.
    choices: tuple[tuple[str, ...], ...] = ()

    def command(self, app: Application, workers: int, port: int) -> list[str]:
        values = {"workers": workers, "port": port, "bind": f"127.0.0.1:{port}", "app": app.target}
        parts = self.program + self.place + self.options + self.application
        return [part.format(**values) for part in parts]

    def shown_options(self, workers: int) -> str:
        return " ".join(self.options).format(workers=workers)

    def with_options(self, *more: str) -> "Server":
        return replace(self, options=self.options + more)

    def chosen(self, choice: tuple[str, ...]) -> "Server":
        return replace(self, options=self.options + choice, choices=())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_until_ready(process: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server does not answer:\n{log.read_text(errors='replace')[-4000:]}")


def stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@contextmanager
def running(server: Server, app: Application, workers: int, log: Path):
    """Yields (pid, base URL) of the started server; it is gone when the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            server.command(app, workers, port),
            cwd=app.folder,
            env=os.environ | {"PYTHONPATH": str(app.folder)} | app.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, url + app.ready_path, log)
        yield process.pid, url
    finally:
        stop(process)
