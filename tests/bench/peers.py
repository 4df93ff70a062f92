# SPDX-License-Identifier: Apache-2.0
"""How each server is started: programs, options, versions. The rest is in servers.py."""

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from servers import TOP, Server

MONOCEROS = TOP / "build" / "bin" / "monoceros"
LOOP_STAND_IN = TOP / "build" / "tests" / "loop_stand_in"
PYTHON = Path(sys.executable)
# Where there is another interpreter, the ASGI servers run on it too.
SECOND_PYTHON = TOP / "build" / "venv-bench-second" / "bin" / "python"


def python_version(python: Path) -> str:
    code = 'import sys; print("%d.%d" % sys.version_info[:2])'
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def monoceros_version() -> str:
    version = subprocess.run([MONOCEROS, "--version"], capture_output=True, text=True, check=True)
    return version.stdout.split()[-1]


def monoceros(name: str, *options: str, kind: str = "wsgi", python: Path = PYTHON) -> Server:
    return Server(
        name=f"monoceros {name}",
        version=monoceros_version(),
        parser="llhttp, in the router",
        program=(str(MONOCEROS), "--python", str(python)),
        place=("-b", "{bind}"),
        options=("-w", "{workers}", *options),
        kind=kind,
    )


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
        kind="stand-in",
    )


def gunicorn(name: str, *options: str, kind: str = "wsgi", python: Path = PYTHON) -> Server:
    # With http_parser=auto it silently falls back to its Python parser.
    fast = importlib.util.find_spec("gunicorn_h1c") is not None
    return Server(
        name=f"gunicorn {name}",
        version=metadata.version("gunicorn"),
        parser="gunicorn_h1c (C)" if fast else "its own, in Python",
        program=(str(python.with_name("gunicorn")),),
        place=("-b", "{bind}"),
        options=("-w", "{workers}", *options),
        note="closes the connection after each answer" if name == "sync" else "",
        kind=kind,
    )


def granian(name: str, *options: str, choices, kind="wsgi", python: Path = PYTHON) -> Server:
    return Server(
        name=name,
        version=metadata.version("granian"),
        parser="hyper (Rust)",
        program=(str(python.with_name("granian")),),
        place=("--host", "127.0.0.1", "--port", "{port}"),
        options=(
            *("--workers", "{workers}", "--http", "1", "--no-ws"),
            *("--log-level", "warning", "--no-access-log", *options),
        ),
        kind=kind,
        choices=tuple(choices),
    )


def uwsgi() -> Server:
    return Server(
        name="uWSGI",
        version=metadata.version("uwsgi"),
        parser="its own, in C",
        program=(str(PYTHON.with_name("uwsgi")), "--virtualenv", sys.prefix),
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


def uvicorn(python: Path, kind: str) -> Server:
    return Server(
        name="uvicorn",
        version=metadata.version("uvicorn"),
        parser="httptools (C)",
        program=(str(python.with_name("uvicorn")),),
        place=("--host", "127.0.0.1", "--port", "{port}"),
        options=(
            *("--workers", "{workers}", "--loop", "uvloop", "--http", "httptools"),
            *("--log-level", "warning", "--no-access-log"),
        ),
        kind=kind,
    )


def wsgi_servers() -> list[Server]:
    gthread = ("--preload", "-k", "gthread", "--threads", "4")
    threads = [
        ("--runtime-threads", str(runtime), "--blocking-threads", str(blocking))
        for runtime in (1, 2)
        for blocking in (1, 4, 16)
    ]
    return [
        monoceros("sync", "--preload", "-k", "sync"),
        monoceros("gthread", *gthread),
        # The same server with all accounting, and without CPU clock and GIL meter.
        monoceros("accounting on", *gthread, "--accounting", "full", kind="accounting"),
        monoceros("accounting off", *gthread, "--accounting", "wall", kind="accounting"),
        loop_stand_in(),
        gunicorn("sync", "--preload", "-k", "sync"),
        gunicorn("gthread", *gthread),
        granian("granian", "--interface", "wsgi", choices=threads),
        uwsgi(),
    ]


def asgi_servers(python: Path, kind: str) -> list[Server]:
    loops = [("--runtime-threads", str(threads)) for threads in (1, 2)]
    asgi = ("--preload", "-k", "asgi", "--asgi-loop", "uvloop")
    granian_asgi = ("--interface", "asgi", "--loop", "uvloop")
    return [
        monoceros("asgi", *asgi, kind=kind, python=python),
        uvicorn(python, kind),
        granian("granian asgi", *granian_asgi, choices=loops, kind=kind, python=python),
        gunicorn("asgi", *asgi, kind=kind, python=python),
    ]


def gevent_servers() -> list[Server]:
    # Without --preload: what is patched must be patched before the application is imported.
    gevent = ("-k", "gevent", "--worker-connections", "1000")
    return [
        monoceros("gevent", *gevent, kind="gevent"),
        gunicorn("gevent", *gevent, kind="gevent"),
    ]


def available() -> tuple[list[Server], list[str]]:
    """The servers that can be started here, and who is missing."""
    missing = []
    servers = wsgi_servers() + asgi_servers(PYTHON, "asgi") + gevent_servers()
    if importlib.util.find_spec("bjoern") is not None:
        servers.append(bjoern())
    else:
        missing.append("bjoern: it did not build from PyPI with this interpreter")
    if SECOND_PYTHON.exists():
        servers += asgi_servers(SECOND_PYTHON, "asgi-second")
    else:
        missing.append("the ASGI servers on a second interpreter: there is none")
    return servers, missing
