# SPDX-License-Identifier: Apache-2.0
"""Where a request's time went: access log, Server-Timing and the scoreboard's counters."""

import re

import pytest

from harness.waiting import stays_true, wait_until

BURN_AND_SLEEP = """
import time

def application(environ, start_response):
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass
    time.sleep(0.3)
    start_response("200 OK", [("Content-Length", "2"), ("Server-Timing", "db;dur=300")])
    return [b"ok"]
"""
PART = re.compile(r"(queue|gil|cpu|runq|other);dur=(\d+\.\d{3})")


def split(header: str) -> dict[str, float]:
    return {name: float(value) / 1000 for name, value in PART.findall(header)}


def test_a_response_says_where_its_time_went_beside_what_the_application_says(
    serve, write_app, worker_class
):
    folder = write_app(BURN_AND_SLEEP)
    server = serve(
        "app:application", "--server-timing", worker_class=worker_class, apps=folder
    )
    application, ours = server.get().all("Server-Timing")
    assert application == "db;dur=300"
    parts = split(ours)
    assert parts["queue"] < 0.5
    assert 0.19 < parts["cpu"] < 0.4
    assert 0.29 < parts["other"] < 2


def test_without_the_setting_there_is_no_such_header(serve):
    server = serve("hello:application")
    assert server.get().all("Server-Timing") == []


def test_the_access_log_says_it_too(serve, write_app, worker_class):
    folder = write_app(BURN_AND_SLEEP)
    names = "AGCROW"
    form = "%(U)s " + " ".join(f"{name}=%({name})s" for name in names)
    server = serve(
        "app:application", "--access-logformat", form, worker_class=worker_class, apps=folder
    )
    server.get("/split")
    fields = dict(part.split("=") for part in server.wait_for_access("/split").split()[1:])
    seconds = {name: float(value) for name, value in fields.items() if value != "-"}
    assert {"A", "C", "O", "W"} <= seconds.keys()
    assert 0.19 < seconds["C"] < 0.4
    assert 0.29 < seconds["O"] < 2
    whole = sum(seconds.get(name, 0) for name in "GCRO")
    assert seconds["A"] == pytest.approx(whole, abs=0.002)


def test_the_wall_clock_alone_leaves_the_time_unsplit(serve):
    server = serve(
        "hello:application", "--accounting", "wall", "--access-logformat", "%(U)s %(C)s %(O)s %(A)s"
    )
    server.get("/split")
    _, cpu, other, application = server.wait_for_access("/split").split()
    assert (cpu, other) == ("-", "-")
    assert float(application) > 0


def test_the_time_that_a_slow_client_takes_is_write_time(serve):
    server = serve("streams:application", "--access-logformat", "%(U)s %(A)s %(W)s %(L)s")
    with server.client(receive=4096) as client:
        client.request("/large?size=20000000")
        wait_until(lambda: server.scoreboard.router("connections_writing") == 1, "a slow client")
        wait_until(lambda: server.scoreboard.workers()[0].requests == 1, "the worker to be free")
        assert stays_true(lambda: server.access == [], 0.3)
        assert len(client.response().body) == 20_000_000
    _, application, write, total = server.wait_for_access("/large").split()
    assert float(write) > 0.29
    assert float(application) + float(write) <= float(total) + 0.001


def test_connections_are_counted_by_what_they_do(serve_gates, gates):
    server = serve_gates()
    board = server.scoreboard

    def states() -> tuple[int, ...]:
        return tuple(
            board.router(f"connections_{state}") for state in ("idle", "reading", "waiting")
        )

    accepted = board.router("accepted")
    with server.client() as idle, server.client() as reading, server.client() as waiting:
        assert idle.get().status == 200
        reading.send(b"POST / HTTP/1.1\r\nHost: a\r\n")
        waiting.request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        wait_until(lambda: states() == (1, 1, 1), "one connection of each kind")
        assert board.router("accepted") == accepted + 3
        gates.open()
        assert waiting.response().status == 200
        wait_until(lambda: states() == (2, 1, 0), "the response to be over")
    wait_until(lambda: states() == (0, 0, 0), "the connections to be gone")


def test_what_clients_do_wrong_is_counted(serve):
    server = serve("hello:application", "--header-timeout", "0.2")
    board = server.scoreboard
    with server.client() as client:
        client.send(b"nonsense\r\n\r\n")
        assert client.response().status == 400
    wait_until(lambda: board.router("refused") == 1, "the refusal")
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\n")
        assert client.response().status == 408
    wait_until(lambda: board.router("timeouts_header") == 1, "the time-out")


def test_the_limit_of_the_backlog_is_known(serve):
    server = serve("hello:application", "--backlog", "37")
    wait_until(lambda: server.scoreboard.router("backlog_limit") == 37, "the limit")
    assert server.scoreboard.router("backlog") == 0
