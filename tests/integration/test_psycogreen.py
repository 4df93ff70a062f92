# SPDX-License-Identifier: Apache-2.0
"""psycopg2 on a real PostgreSQL in workers in greenlets: where it waits in the hub queries of one
worker run at the same time, else one holds up the whole worker."""

import contextlib
from types import SimpleNamespace

import pytest
from harness.waiting import wait_until

psycopg = pytest.importorskip("psycopg")
pytest.importorskip("psycopg2")
pytest.importorskip("psycogreen")

NAME = "psycopg2"
REQUESTS = 5


@contextlib.contextmanager
def locked(postgres):
    """Keeps the lock that the queries of the application wait for. Gives what counts those that do."""
    with psycopg.connect(postgres.url("lock"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        yield lambda: connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND wait_event = 'advisory'",
            [NAME],
        ).fetchone()[0]


@pytest.fixture
def ask(serve, postgres):
    """ask(class, waiting, ...): sends all requests at once, lets the lock go when so many queries wait,
    and returns how many waited at the most by what the worker itself counted, and its log."""

    def send(worker_class, waiting, *arguments, **variables):
        own = {"DATABASE_URL": postgres.url(NAME)} | variables
        server = serve(
            "lock_queries:application", *arguments, worker_class=worker_class, variables=own
        )
        clients = [server.client() for _ in range(REQUESTS)]
        with locked(postgres) as count:
            for client in clients:
                client.request("/")
            wait_until(lambda: count() == waiting, f"{waiting} queries that wait")
        most = max(int(client.response().text) for client in clients)
        for client in clients:
            client.close()
        return SimpleNamespace(most=most, log=server.log)

    return send


@pytest.fixture
def absent(tmp_path) -> dict[str, str]:
    """Variables of a server for which psycogreen is not installed."""
    folder = tmp_path / "absent"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import sys\n\nsys.modules['psycogreen'] = None\n")
    return {"PYTHONPATH": str(folder)}


def test_with_psycogreen_queries_of_one_worker_run_at_the_same_time(ask, green_class):
    asked = ask(green_class, REQUESTS)
    assert asked.most == REQUESTS
    assert asked.log.count(f"psycogreen lets psycopg2 wait in {green_class}'s hub") == 1


def test_without_psycogreen_a_query_holds_up_gevent_and_the_log_does_not_deny_it(ask, absent):
    asked = ask("gevent", 1, **absent)
    assert asked.most == 1
    assert "psycogreen" not in asked.log


def test_eventlet_needs_no_psycogreen(ask, absent):
    asked = ask("eventlet", REQUESTS, **absent)
    assert asked.most == REQUESTS
    assert "psycogreen" not in asked.log


def test_a_query_holds_up_eventlet_where_psycopg_is_left_unpatched(ask):
    asked = ask("eventlet", 1, "--patch-except", "psycopg")
    assert asked.most == 1
    assert "psycogreen" not in asked.log
