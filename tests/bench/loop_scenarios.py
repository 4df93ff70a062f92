# SPDX-License-Identifier: Apache-2.0
"""What is measured with the loop classes: ASGI, WebSocket, gevent."""

from dataclasses import replace
from pathlib import Path

from generators import echoes, paced
from measuring import Measure, Scenario, loaded, loaded_by_wrk
from peers import PYTHON, SECOND_PYTHON, python_version
from servers import Application, Server

APPS = Path(__file__).with_name("apps")
SOCKETS = 1_000
MIXED_CONNECTIONS = 64
MIXED_RATE = 500

ASGI_HELLO = Application("asgi_hello:application", APPS)
ASGI_JSON = Application("asgi_json:application", APPS)
ASGI_WEBSOCKET = Application("asgi_websocket:application", APPS)
ASGI_VIEWS = Application("asgi_views:application", APPS)
WSGI_VIEWS = Application("wsgi_views:application", APPS)
MIXED_COLUMNS = ("fast_p99_ms", "fast_p50_ms", "slow_p50_ms", "per_second", "cpu_us", "errors")


def by_wrk(path: str, connections: int) -> Measure:
    return lambda pid, url, seconds: loaded_by_wrk(pid, url + path, connections, seconds)


def websocket_echo(pid: int, url: str, seconds: float) -> dict:
    return loaded(pid, lambda length: echoes(url, SOCKETS, length), seconds)


def mixed(pid: int, url: str, seconds: float) -> dict:
    return loaded(pid, lambda length: paced(url, MIXED_CONNECTIONS, MIXED_RATE, length), seconds)


def for_websockets(server: Server) -> Server:
    """uvicorn has three implementations; granian must not have switched them off."""
    if server.name == "uvicorn":
        kinds = ("websockets", "websockets-sansio", "wsproto")
        return replace(server, choices=tuple(("--ws", kind) for kind in kinds))
    options = tuple("--ws" if option == "--no-ws" else option for option in server.options)
    return replace(server, options=options)


def asgi_hello(name: str, kind: str, python: Path) -> Scenario:
    return Scenario(
        name=name,
        title=f"ASGI hello world, Python {python_version(python)}: 2 workers, 32 keep-alive "
        "connections",
        aim="requests/s at least 1.3x (3.11) and 1.5x (3.12+) the best peer's; half of uvicorn's "
        "CPU per request; p99 no worse than the best",
        app=ASGI_HELLO,
        workers=2,
        measure=by_wrk("/", 32),
        key="per_second",
        kinds=(kind,),
    )


def mixed_on_loops(kind: str, app: Application, title: str) -> Scenario:
    return Scenario(
        name=f"{kind}-mixed",
        title=f"{title}: {MIXED_RATE} requests/s, one of ten takes 10 ms of CPU: 4 workers, "
        f"{MIXED_CONNECTIONS} keep-alive connections in turn",
        aim="p99 of the fast ones at most a third of any peer's",
        app=app,
        workers=4,
        measure=mixed,
        key="fast_p99_ms",
        higher_is_better=False,
        columns=MIXED_COLUMNS,
        kinds=(kind,),
    )


def waits_on_gevent(name: str, path: str, milliseconds: int) -> Scenario:
    return Scenario(
        name=name,
        title=f"WSGI under gevent, each request waits {milliseconds} ms: 2 workers, {SOCKETS:,} "
        f"connections (ideal: {SOCKETS * 1000 // milliseconds:,} requests/s)",
        aim="requests/s at least 3x those of gunicorn's gevent class",
        app=WSGI_VIEWS,
        workers=2,
        measure=by_wrk(path, SOCKETS),
        key="per_second",
        kinds=("gevent",),
    )


SCENARIOS = [
    asgi_hello("asgi-hello", "asgi", PYTHON),
    *([asgi_hello("asgi-hello-second", "asgi-second", SECOND_PYTHON)] * SECOND_PYTHON.exists()),
    Scenario(
        name="asgi-json",
        title="FastAPI, a validated JSON answer: 2 workers, 32 keep-alive connections",
        aim="requests/s ahead of every peer",
        app=ASGI_JSON,
        workers=2,
        measure=by_wrk("/", 32),
        key="per_second",
        kinds=("asgi",),
    ),
    Scenario(
        name="websocket",
        title=f"WebSocket echo of 32 bytes, {SOCKETS:,} connections, a message under way on each: "
        "2 workers",
        aim="messages/s (requests/s below) ahead of uvicorn and granian",
        app=ASGI_WEBSOCKET,
        workers=2,
        measure=websocket_echo,
        key="per_second",
        kinds=("asgi",),
        tuned=for_websockets,
    ),
    mixed_on_loops("asgi", ASGI_VIEWS, "ASGI, fast and slow pages"),
    waits_on_gevent("gevent", "/wait", 50),
    waits_on_gevent("gevent-short", "/ask", 10),
    mixed_on_loops("gevent", WSGI_VIEWS, "WSGI under gevent, fast and slow pages"),
]
