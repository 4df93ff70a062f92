# SPDX-License-Identifier: Apache-2.0
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.agent import Agent  # noqa: E402
from harness.gates import Gates  # noqa: E402
from harness.metrics import Metrics  # noqa: E402
from harness.postgres import Postgres, programs_folder  # noqa: E402
from harness.server import APPS, BINARY, Server  # noqa: E402

# A shell that puts this run into the background has it ignore these, and whatever it starts with it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

WSGI_CLASSES = ("sync", "gthread", "gevent", "eventlet")
THREADED_CLASSES = ("sync", "gthread")
GREEN_CLASSES = ("gevent", "eventlet")
CLASSES = {
    "sync": [],
    "gthread": ["--worker-class", "gthread", "--threads", "4"],
    "asgi": ["--worker-class", "asgi"],
    "tornado": ["--worker-class", "tornado"],
    "gevent": ["--worker-class", "gevent"],
    "eventlet": ["--worker-class", "eventlet"],
}
LOOPS = {"asyncio": "asyncio", "uvloop": "uvloop"}


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes long; run by MONOCEROS_TEST_LONG=1")
    if config.pluginmanager.hasplugin("timeout") and not config.getoption("timeout", None):
        config.option.timeout = 120


def pytest_collection_modifyitems(items):
    if os.environ.get("MONOCEROS_TEST_LONG"):
        return
    skip = pytest.mark.skip(reason="takes long; MONOCEROS_TEST_LONG=1 runs it")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def built():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} does not exist: build it, or name it by MONOCEROS_BIN", 2)


@pytest.fixture(scope="module")
def postgres():
    """A running PostgreSQL cluster of the module's own."""
    if programs_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Postgres()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(params=THREADED_CLASSES)
def worker_class(request) -> str:
    return request.param


@pytest.fixture(params=WSGI_CLASSES)
def wsgi_class(request) -> str:
    """Every class that runs WSGI."""
    return request.param


@pytest.fixture(params=GREEN_CLASSES)
def green_class(request) -> str:
    return request.param


@pytest.fixture
def serve(tmp_path):
    """serve(application, *arguments, worker_class=, workers=, ...): a running server, ready unless
    `ready=False`. After the test it is stopped by SIGTERM and must leave nothing behind."""
    servers: list[Server] = []

    def start(application, *arguments, worker_class="sync", workers=1, ready=True, **options):
        folder = tmp_path / f"server{len(servers)}"
        folder.mkdir()
        own = ["--workers", str(workers), *CLASSES[worker_class], *arguments]
        server = Server(folder, application, own, **options)
        servers.append(server)
        return server.wait_ready(workers) if ready else server

    yield start
    try:
        for server in servers:
            if server.process.poll() is None:
                server.stop(signal.SIGTERM)
            server.assert_nothing_left()
    finally:
        for server in servers:
            server.kill()


@pytest.fixture
def write_app(tmp_path):
    """write_app(text) writes app.py into a folder and returns the folder; again: replaces it."""
    folder = tmp_path / "application"

    def write(text: str) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text("# SPDX-License-Identifier: Apache-2.0\n" + text)
        return folder

    return write


@pytest.fixture
def gates(tmp_path) -> Gates:
    return Gates(tmp_path / "gates")


@pytest.fixture
def serve_gates(serve, gates):
    """serve() of the application gates."""

    def start(*arguments, **options):
        return serve("gates:application", *arguments, variables=gates.variables, **options)

    return start


@pytest.fixture(params=LOOPS)
def loop(request) -> str:
    pytest.importorskip(LOOPS[request.param])
    return request.param


@pytest.fixture
def serve_asgi(serve, gates, loop):
    """serve() of an application of tests/apps/asgi, in each event loop."""

    def start(application, *arguments, **options):
        own = {"apps": APPS.parent / "asgi", "variables": gates.variables} | options
        return serve(application, "--asgi-loop", loop, *arguments, worker_class="asgi", **own)

    return start


@pytest.fixture
def serve_framework(serve, gates):
    """serve_framework(name, *arguments): the site of tests/apps/asgi/frameworks in that framework."""

    def start(framework, *arguments):
        pytest.importorskip(framework)
        own = {"apps": APPS.parent / "asgi" / "frameworks", "variables": gates.variables}
        return serve(f"{framework}_app:application", *arguments, worker_class="asgi", **own)

    return start


@pytest.fixture
def views(serve_asgi):
    """serve_asgi() of the application views."""

    def start(*arguments, **options):
        return serve_asgi("views:application", *arguments, **options)

    return start


@pytest.fixture(params=["length", "chunked"])
def coding(request) -> str:
    """How the length of a body is told (RFC 9112 section 6)."""
    return request.param


@pytest.fixture
def uploads(serve_asgi):
    """serve_asgi() of the application uploads."""

    def start(*arguments, **options):
        return serve_asgi("uploads:application", *arguments, **options)

    return start


@pytest.fixture
def serve_metrics(serve):
    """serve() with an agent: the server and its Metrics."""

    def start(application, *arguments, **options):
        server = serve(application, *Metrics.ARGUMENTS, *arguments, agent=True, **options)
        return server, Metrics(server)

    return start


@pytest.fixture(scope="session")
def apps() -> Path:
    return APPS


@pytest.fixture
def attach(tmp_path):
    """attach(server, *arguments): an agent of that server, started as a sidecar is."""
    agents: list[Agent] = []

    def start(server, *arguments):
        agents.append(Agent(tmp_path / f"agent{len(agents)}", server.run_dir, *arguments))
        return agents[-1]

    yield start
    for agent in agents:
        agent.stop()


@pytest.fixture
def serve_tornado(serve, gates, loop):
    """serve() of an application of tests/apps/tornado, in each event loop."""

    def start(application, *arguments, variables=None, **options):
        own = {"apps": APPS.parent / "tornado", "variables": gates.variables | (variables or {})} | options
        return serve(application, "--asgi-loop", loop, *arguments, worker_class="tornado", **own)

    return start


@pytest.fixture
def site(serve_tornado):
    """serve_tornado() of the application handlers."""

    def start(*arguments, **options):
        return serve_tornado("handlers:application", *arguments, **options)

    return start
