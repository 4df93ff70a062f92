# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared, and how each is started."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MONOCEROS = TOP / "build" / "bin" / "monoceros"
LOOP_STAND_IN = TOP / "build" / "tests" / "loop_stand_in"
BIN = Path(sys.executable).parent
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

    def command(self, app: Application, workers: int, port: int) -> list[str]:
        values = {"workers": workers, "port": port, "bind": f"127.0.0.1:{port}", "app": app.target}
        parts = self.program + self.place + self.options + self.application
        return [part.format(**values) for part in parts]

    def shown_options(self, workers: int) -> str:
        return " ".join(self.options).format(workers=workers)

    def with_options(self, *more: str) -> "Server":
        return replace(self, options=self.options + more)


def monoceros_version() -> str:
    version = subprocess.run([MONOCEROS, "--version"], capture_output=True, text=True, check=True)
    return version.stdout.split()[-1]


def monoceros(name: str, *options: str) -> Server:
    return Server(
        name=f"monoceros {name}",
        version=monoceros_version(),
        parser="llhttp, in the router",
        program=(str(MONOCEROS), "--python", sys.executable),
        place=("-b", "{bind}"),
        options=("-w", "{workers}", "--preload", *options),
    )


def accounting_pair() -> list[Server]:
    """The same server with all accounting, and without CPU clock and GIL meter."""
    gthread = ("-k", "gthread", "--threads", "4")
    return [
        monoceros("accounting on", *gthread, "--accounting", "full"),
        monoceros("accounting off", *gthread, "--accounting", "wall"),
    ]


def loop_stand_in() -> Server:
    """The real router in front of loops in C++ that hold up to 1,000 requests each."""
    return Server(
        name="monoceros loop stand-in",
        version=monoceros_version(),
        parser="llhttp, in the router",
        program=(str(LOOP_STAND_IN),),
        place=("--port", "{port}"),
        options=("--workers", "{workers}"),
        note="no Python: workers of a loop class (capacity 1,000) in C++, whose whole loop stands "
        "still during a slow page. Shows what taking requests back from a stalled loop gives, "
        "not how fast an application runs",
        application=(),
    )


def build_loop_stand_in() -> None:
    command = ["cmake", "--build", str(TOP / "build"), "--target", LOOP_STAND_IN.name]
    subprocess.run(command, check=True)


def gunicorn(name: str, *options: str) -> Server:
    # With http_parser=auto it silently falls back to its Python parser.
    fast = importlib.util.find_spec("gunicorn_h1c") is not None
    return Server(
        name=f"gunicorn {name}",
        version=metadata.version("gunicorn"),
        parser="gunicorn_h1c (C)" if fast else "its own, in Python",
        program=(str(BIN / "gunicorn"),),
        place=("-b", "{bind}"),
        options=("-w", "{workers}", "--preload", *options),
        note="closes the connection after each answer" if name == "sync" else "",
    )


def granian(runtime_threads: int, blocking_threads: int) -> Server:
    threads = ("--runtime-threads", str(runtime_threads))
    threads += ("--blocking-threads", str(blocking_threads))
    return Server(
        name="granian",
        version=metadata.version("granian"),
        parser="hyper (Rust)",
        program=(str(BIN / "granian"),),
        place=("--host", "127.0.0.1", "--port", "{port}"),
        options=(
            *("--interface", "wsgi", "--workers", "{workers}", *threads),
            *("--http", "1", "--no-ws", "--log-level", "warning", "--no-access-log"),
        ),
    )


def uwsgi() -> Server:
    return Server(
        name="uWSGI",
        version=metadata.version("uwsgi"),
        parser="its own, in C",
        program=(str(BIN / "uwsgi"), "--virtualenv", sys.prefix),
        place=("--http11-socket", "{bind}"),
        options=(
            *("--master", "--processes", "{workers}", "--threads", "4", "--disable-logging"),
            *("--die-on-term", "--need-app", "--listen", "128", "--module"),
        ),
        note="a thread keeps a connection while it lives: connections beyond processes x threads "
        "wait unserved, which the latencies of answered requests do not show",
    )


def bjoern() -> Server:
    return Server(
        name="bjoern",
        version=metadata.version("bjoern"),
        parser="http-parser (C)",
        program=(sys.executable, str(Path(__file__).with_name("bjoern_server.py"))),
        place=("--port", "{port}"),
        options=("--workers", "{workers}"),
    )


GRANIAN_CHOICES = [granian(runtime, blocking) for runtime in (1, 2) for blocking in (1, 4, 16)]


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def available() -> tuple[list[Server], list[str]]:
    """The servers that can be started here (granian in one configuration), and who is missing."""
    servers, missing = [], []
    if MONOCEROS.exists():
        servers += [monoceros("sync", "-k", "sync")]
        servers += [monoceros("gthread", "-k", "gthread", "--threads", "4")]
        servers += accounting_pair()
        servers.append(loop_stand_in())
    else:
        missing.append("monoceros: build/bin/monoceros is not built")
    servers += [gunicorn("sync", "-k", "sync")]
    servers += [gunicorn("gthread", "-k", "gthread", "--threads", "4")]
    servers += [GRANIAN_CHOICES[0], uwsgi()]
    if installed("bjoern"):
        servers.append(bjoern())
    else:
        missing.append("bjoern: it did not build from PyPI with this interpreter")
    return servers, missing


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
