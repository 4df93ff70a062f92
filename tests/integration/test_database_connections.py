# SPDX-License-Identifier: Apache-2.0
"""Connections of the Django shop to a real PostgreSQL: docs/databases.md says how many there are and
when they go; here they are counted. No connection is ever shared, and none is left."""

import itertools
import json
import math
import os
import signal
import subprocess
from collections import defaultdict
from types import SimpleNamespace

import pytest
from conftest import CLASSES
from harness.load import KeepAliveLoad
from harness.postgres import Watch
from harness.server import APPS, PYTHON, TOP
from harness.waiting import wait_until

pytest.importorskip("psycopg_pool")

SHOP = TOP / "tests" / "apps" / "shop"
APPLICATIONS = {"asgi": "shop.asgi:application", "tornado": "shop_container:application"}
KEEP = ("--keep-alive", "60")
POOL = 2
MODES = {
    "closed": {"conn_max_age": 0},
    "kept": {"conn_max_age": 60},
    "pooled": {"pool": POOL},
}
# What a worker runs at once, by its class; where nothing says it, by this argument.
AT_ONCE = {"sync": 1, "gthread": 4, "tornado": 4}
CONNECTIONS = 4
# Django keeps a connection for a thread, or a greenlet. Those of these classes last.
LASTING = ("sync", "gthread", "tornado")
# Tornado ends a request outside the thread that ran it, so that Django gives nothing back there.
CASES = [
    (name, mode)
    for name, mode in itertools.product(CLASSES, MODES)
    if (mode == "kept" if name == "tornado" else mode != "kept" or name in LASTING)
]
# What the documentation advises for each class.
ADVISED = [(name, "kept" if name in LASTING else "pooled") for name in CLASSES]
# PostgreSQL looks for the end of its client only between queries, unless told otherwise.
NOTICE = {"options": "-c client_connection_check_interval=100ms"}

# Of the rest, and of what Django sees as it sees another class, the quick run has seen enough.
ALIKE = ("tornado", "eventlet")


def of(pairs, quick):
    """Parametrises by class and mode; those that are not `quick` take part in the long run only."""
    params = [pytest.param(*pair, marks=() if quick(*pair) else pytest.mark.long) for pair in pairs]
    return pytest.mark.parametrize(("worker_class", "mode"), params)


cases = of(CASES, lambda *pair: pair in ADVISED)
advised = of(ADVISED, lambda name, mode: True)
mostly = of(ADVISED, lambda name, mode: name not in ALIKE)
names = (f"shop-{number}" for number in itertools.count())


def most_per_worker(worker_class: str, mode: str) -> float:
    """What docs/databases.md promises. Where requests have threads or greenlets of their own, one may
    still close its connection when the next one runs already."""
    return POOL if mode == "pooled" else AT_ONCE.get(worker_class, math.inf)


@pytest.fixture
def shop(serve, postgres):
    """shop(class, mode, ...): the server, the name of its connections, and a Watch over them. After
    the test the server is stopped and nobody is connected."""
    started = []

    def start(worker_class, mode, *arguments, workers=2, options=None, **others):
        name = next(names)
        if worker_class not in ("sync", "gthread"):
            arguments = ("--worker-connections", str(CONNECTIONS), *arguments)
        server = serve(
            others.pop("application", APPLICATIONS.get(worker_class, "shop.wsgi:application")),
            *KEEP,
            *arguments,
            worker_class=worker_class,
            workers=workers,
            apps=others.pop("apps", APPS.parent / "tornado" if worker_class == "tornado" else SHOP),
            variables={
                "PYTHONPATH": str(SHOP),
                "SHOP_ALLOWED_HOSTS": "test.example",
                "SHOP_DATABASE_URL": postgres.url(name, **MODES[mode], **(options or {})),
            },
        )
        watch = Watch(postgres, name, server)
        started.append(watch)
        return SimpleNamespace(server=server, watch=watch, name=name)

    yield start
    for watch in started:
        if watch.server.process.poll() is None:
            watch.server.stop()
        wait_until(lambda name=watch.name: not postgres.backends(name), "the end of all connections")


class Reports(KeepAliveLoad):
    """Load on the page that says which connection it had."""

    def __init__(self, server, clients: int = 12, seconds: float = 0.02):
        super().__init__(server, clients, f"/connection/?seconds={seconds}")
        self.reports: list[dict] = []

    def saw(self, response) -> None:
        if response.status == 200:
            self.reports.append(json.loads(response.body))

    def assert_nothing_shared(self) -> None:
        assert all(report["alone"] for report in self.reports)
        processes = defaultdict(set)
        for report in self.reports:
            processes[report["backend"]].add(report["process"])
        assert {pids for pids in map(frozenset, processes.values()) if len(pids) > 1} == set()


def ask(server, **options) -> dict:
    response = server.get("/connection/", **options)
    assert response.status == 200, response.text
    return json.loads(response.body)


def wait_for_connections_of_only(shop, pids) -> None:
    """Until every connection is open in one of these processes."""

    def only_theirs() -> bool:
        return all(holders and holders <= set(pids) for holders in shop.watch.look().values())

    wait_until(only_theirs, f"connections of {pids} only, there are {shop.watch.look()}")


@cases
def test_no_connection_is_shared_and_no_worker_has_more_than_promised(shop, worker_class, mode):
    shop = shop(worker_class, mode)
    with shop.watch, Reports(shop.server) as load:
        load.wait_for_more(15)
    assert load.problems == []
    load.assert_nothing_shared()
    assert shop.watch.holders and shop.watch.shared == {}
    promised = 2 * most_per_worker(worker_class, mode)
    assert shop.watch.most <= promised
    if mode == "kept":
        assert shop.watch.most == promised
        assert len(shop.watch.look()) == promised
        assert len({report["thread"] for report in load.reports}) <= promised
    if mode == "closed":
        wait_until(lambda: not shop.watch.look(), "an end of the connections with their requests")


@pytest.mark.parametrize("worker_class", [name for name in CLASSES if name != "sync"])
def test_queries_of_one_worker_run_at_the_same_time(shop, worker_class):
    shop = shop(worker_class, "kept" if worker_class == "tornado" else "closed", workers=1)
    clients = [shop.server.client() for _ in range(CONNECTIONS)]
    for client in clients:
        client.request("/connection/?seconds=1")
    wait_until(lambda: len(shop.watch.look()) == CONNECTIONS, "a connection for each request")
    reports = [json.loads(client.response().body) for client in clients]
    assert all(report["alone"] for report in reports)
    assert len({report["backend"] for report in reports}) == CONNECTIONS
    for client in clients:
        client.close()


@cases
def test_a_reload_leaves_only_connections_of_the_new_workers(shop, worker_class, mode):
    shop = shop(worker_class, mode)
    old = set(shop.server.workers())
    with shop.watch, Reports(shop.server) as load:
        load.wait_for_more(3)
        shop.server.signal(signal.SIGHUP)
        new = shop.server.wait_for_other_workers(2, old)
        load.wait_for_more(3)
    assert load.problems == []
    load.assert_nothing_shared()
    assert {report["process"] for report in load.reports} == old | set(new)
    assert shop.watch.shared == {}
    assert shop.watch.most <= 4 * most_per_worker(worker_class, mode)
    wait_for_connections_of_only(shop, new)


@advised
def test_the_connections_of_a_killed_worker_go_away_even_in_a_query(shop, worker_class, mode):
    shop = shop(worker_class, mode, workers=1, options=NOTICE)
    victim = ask(shop.server)["process"]
    with shop.server.client() as client:
        client.request("/connection/?seconds=5")
        wait_until(lambda: shop.watch.look(), "a connection of the worker")
        theirs = set(shop.watch.look())
        os.kill(victim, signal.SIGKILL)
        assert client.response().status == 502
    wait_until(lambda: not theirs & set(shop.watch.look()), "an end of its connections", 2)
    [other] = shop.server.wait_for_workers(1)
    assert ask(shop.server)["process"] == other != victim
    wait_for_connections_of_only(shop, [other])


def test_an_idle_connection_of_a_killed_worker_goes_at_once(shop):
    shop = shop("sync", "kept", workers=1)
    report = ask(shop.server)
    os.kill(report["process"], signal.SIGKILL)
    wait_until(
        lambda: report["backend"] not in {one.pid for one in shop.watch.look()}, "its end", 2
    )


@mostly
def test_a_worker_that_has_run_max_requests_takes_its_connections_along(shop, worker_class, mode):
    shop = shop(worker_class, mode, "--max-requests", "100")
    old = set(shop.server.workers())
    with shop.watch, Reports(shop.server, clients=4, seconds=0) as load:
        wait_until(lambda: not old & set(shop.server.workers("ready", "draining")), "other workers")
    counted = shop.server.scoreboard.header
    wait_until(lambda: counted("restarts_max_requests") >= 2, "both to be counted")
    assert shop.watch.most <= 4 * most_per_worker(worker_class, mode)
    assert load.problems == []
    load.assert_nothing_shared()
    assert shop.watch.shared == {}
    wait_for_connections_of_only(shop, shop.server.wait_for_workers(2))


@mostly
def test_a_request_keeps_its_connection_through_a_graceful_stop(shop, worker_class, mode):
    shop = shop(worker_class, mode)
    with shop.server.client() as client:
        client.request("/connection/?seconds=0.5")
        wait_until(lambda: shop.watch.look(), "its connection")
        shop.server.signal(signal.SIGTERM)
        assert json.loads(client.response().body)["alone"]
    assert shop.server.wait_for_exit() == 0


@mostly
def test_connections_that_postgresql_ended_are_replaced(shop, postgres, worker_class, mode):
    shop = shop(worker_class, mode, workers=1)
    before = ask(shop.server)["backend"]
    ended = shop.watch.look()
    postgres.terminate(shop.name)
    wait_until(lambda: not ended.keys() & shop.watch.look().keys(), "the end of all of them")
    with Reports(shop.server) as load:
        load.wait_for_more(3)
    assert load.problems == []
    assert before not in {report["backend"] for report in load.reports}


@cases
def test_clients_that_leave_midway_keep_no_connection(shop, worker_class, mode):
    shop = shop(worker_class, mode, workers=1)
    before = ask(shop.server)["process"]
    clients = [shop.server.client() for _ in range(2 * CONNECTIONS)]
    for client in clients:
        client.request("/connection/?seconds=0.3")
    wait_until(lambda: shop.watch.look(), "their connections")
    for client in clients:
        client.reset()
    with Reports(shop.server, clients=4) as load:
        load.wait_for_more(3)
    assert load.problems == []
    load.assert_nothing_shared()
    assert ask(shop.server)["process"] == before
    most = 0 if mode == "closed" else most_per_worker(worker_class, mode)
    wait_until(lambda: len(shop.watch.look()) <= most, "an end of their connections")


# Live changes.


@pytest.mark.parametrize("mode", MODES)
def test_a_switch_of_the_class_leaves_only_connections_of_the_new_workers(shop, mode):
    shop = shop("sync", mode)
    with shop.watch, Reports(shop.server) as load, shop.server.control() as control:
        for change in ({"worker_class": "gthread", "threads": 4}, {"worker_class": "sync"}):
            assert control.apply(**change).ok
            load.wait_for_more(3)
    assert load.problems == []
    load.assert_nothing_shared()
    assert shop.watch.shared == {}
    wait_for_connections_of_only(shop, shop.server.workers())
    assert len(shop.watch.look()) <= 2 * most_per_worker("sync", mode)


@mostly
def test_a_removed_worker_takes_its_connections_along(shop, worker_class, mode):
    shop = shop(worker_class, mode, workers=1)
    with shop.watch, Reports(shop.server) as load, shop.server.control() as control:
        assert control.apply(workers=3).ok
        load.wait_for_more(5)
        assert control.apply(workers=1).ok
        load.wait_for_more(3)
    assert load.problems == []
    load.assert_nothing_shared()
    assert shop.watch.most <= 3 * most_per_worker(worker_class, mode)
    wait_for_connections_of_only(shop, shop.server.wait_for_workers(1))


@pytest.mark.parametrize("mode", MODES)
def test_the_connections_of_threads_that_ended_are_closed(shop, mode):
    shop = shop("gthread", mode, workers=1)
    with shop.watch, Reports(shop.server) as load, shop.server.control() as control:
        for threads in (8, 1, 4, 1):
            assert control.apply(threads=threads).ok
            load.wait_for_more(3)
    assert load.problems == []
    load.assert_nothing_shared()
    most = POOL if mode == "pooled" else 1
    wait_until(lambda: len(shop.watch.look()) <= most, "an end of the connections of ended threads")


# Preloading.

AT_IMPORT = """
from shop.wsgi import application
from django.db import connection, connections

connection.ensure_connection()
"""


def import_connects(write_app, more: str = "") -> dict:
    return {"apps": write_app(AT_IMPORT + more), "application": "app:application"}


def test_an_application_that_connects_at_its_import_is_not_preloaded_unasked(
    shop, postgres, write_app
):
    shop = shop("sync", "kept", **import_connects(write_app))
    said = shop.server.wait_for_log("Not preloading")
    assert f"is a socket connected to 127.0.0.1:{postgres.port} " in said
    with shop.watch, Reports(shop.server) as load:
        load.wait_for_more()
    assert load.problems == []
    load.assert_nothing_shared()
    assert shop.watch.shared == {} and len(shop.watch.look()) == 2
    wait_for_connections_of_only(shop, shop.server.workers())


def test_a_pool_that_is_opened_at_the_import_is_not_preloaded_unasked(shop, write_app):
    shop = shop("sync", "pooled", **import_connects(write_app))
    assert "the thread 'pool-1-worker-0' runs" in shop.server.wait_for_log("Not preloading")
    with shop.watch, Reports(shop.server) as load:
        load.wait_for_more()
    assert load.problems == [] and shop.watch.shared == {}
    wait_for_connections_of_only(shop, shop.server.workers())


def test_preload_on_shares_what_the_import_opened_and_says_so(shop, write_app):
    shop = shop("sync", "kept", "--preload", **import_connects(write_app))
    assert "is a socket" in shop.server.log
    [shared] = wait_until(shop.watch.look, "the connection of the import").values()
    assert shared == {shop.server.template, *shop.server.workers()}


def test_what_the_import_closed_again_is_not_shared_by_preloaded_workers(shop, write_app):
    closing = "connections.close_all()\n"
    shop = shop("sync", "kept", "--preload", **import_connects(write_app, closing))
    assert "is a socket" not in shop.server.log
    with shop.watch, Reports(shop.server) as load:
        load.wait_for_more()
    load.assert_nothing_shared()
    assert load.problems == [] and shop.watch.shared == {}
    wait_for_connections_of_only(shop, shop.server.workers())


# The shop.


@pytest.fixture(scope="module")
def data(postgres):
    variables = os.environ | {
        "SHOP_DATABASE_URL": postgres.url("data"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for command in ("migrate", "seed"):
        subprocess.run(
            [PYTHON, "manage.py", command], cwd=SHOP, env=variables, check=True, timeout=100,
            capture_output=True,
        )  # fmt: skip


@advised
def test_the_pages_of_the_shop_are_shown(shop, data, worker_class, mode):
    server = shop(worker_class, mode).server
    with server.client() as client:
        products = json.loads(client.get("/api/products/").body)["products"]
        assert [client.get(path).status for path in ("/", products[0]["url"])] == [200, 200]
        assert json.loads(client.get("/health/").body)["database"] == "postgresql"
        assert client.get("/products.csv").text.count("\n") > len(products)
