# SPDX-License-Identifier: Apache-2.0
"""Event loops that do not turn: reported with what holds them and who waits, and dealt with."""

import re

import pytest
from harness.server import APPS
from harness.waiting import stays_true, wait_until
from test_monoctl import monoctl


@pytest.fixture
def limits(serve, gates, loop):
    def start(*arguments, **options):
        return serve(
            "limits_asgi:application",
            "--asgi-loop",
            loop,
            "--loop-stall-warning",
            "0.3",
            *arguments,
            worker_class="asgi",
            apps=APPS.parent / "asgi",
            variables=gates.variables,
            **options,
        )

    return start


def rows(server):
    return [row for row in server.scoreboard.workers() if row.state == "ready"]


def value(server, field: str) -> int:
    return server.scoreboard.worker(rows(server)[0].row, field)


def test_a_stalled_loop_is_reported_with_its_stack_and_the_requests_that_are_there(limits, gates):
    server = limits()
    with server.client() as waiting, server.client() as client:
        waiting.request("/wait?secret=1")
        gates.wait_for("start", "/wait")
        client.request("/busy")
        log = server.wait_for_log("Stalled loop in worker")
        assert value(server, "stalls") == 1
        assert value(server, "stalled_since") > 0
        gates.open()
        assert client.response().status == 200
        assert waiting.response().status == 200
    (line,) = [line for line in log.splitlines() if "Stalled loop" in line]
    assert "GET /busy (id" in line
    assert "GET /wait (id" in line
    assert "secret" not in line
    assert "in busy" in server.wait_for_log("in busy")
    server.wait_for_log("its event loop turns again; it stood still for")
    assert value(server, "stalled_since") == 0
    assert value(server, "stall_nanoseconds") >= 300_000_000
    assert value(server, "longest_stall_nanoseconds") == value(server, "stall_nanoseconds")
    assert server.log.count("Stalled loop in worker") == 1


def test_a_loop_that_turns_or_waits_is_not_reported(limits, gates):
    server = limits()
    with server.client() as client:
        client.request("/wait")
        gates.wait_for("start", "/wait")
        assert stays_true(lambda: value(server, "stalls") == 0, 1.5)
        gates.open()
        assert client.response().status == 200
    assert "Stalled loop" not in server.log


def test_what_a_stalled_loop_has_not_taken_goes_to_another_worker(limits, gates):
    server = limits(workers=2)
    with server.client() as client:
        client.request("/busy")
        held = gates.wait_for("start", "/busy")
        answers = {int(server.get("/").text) for _ in range(30)}
        assert answers and held not in answers
        gates.open()
        assert client.response().status == 200


def test_a_stalled_loop_is_reported_and_then_killed_at_timeout(limits, gates):
    server = limits("--timeout", "1")
    (old,) = server.workers()
    with server.client() as client:
        client.request("/busy")
        server.wait_for_log("Stalled loop in worker")
        server.wait_for_log("WORKER TIMEOUT")
        assert client.response().status == 502
    server.wait_for_other_workers(1, {old})
    server.wait_for_log("it has ended; its event loop stood still")
    assert server.scoreboard.header("restarts_timeout") == 1


def test_a_stall_is_in_the_metrics_and_in_monoctl(serve_metrics, gates):
    server, metrics = serve_metrics(
        "limits_asgi:application",
        "--loop-stall-warning",
        "0.3",
        worker_class="asgi",
        apps=APPS.parent / "asgi",
        variables=gates.variables,
    )
    with server.client() as client:
        client.request("/busy")
        server.wait_for_log("Stalled loop in worker")
        wait_until(lambda: metrics.value("monoceros_worker_stalls_total") == 1, "the stall")
        frame = monoctl(server, "top", "--interval", "0.1").stdout
        assert re.search(r" ready .* stalled [0-9.]+ m?s", frame), frame
        gates.open()
        assert client.response().status == 200
    server.wait_for_log("turns again")
    assert "stalled" not in monoctl(server, "top", "--interval", "0.1").stdout
    assert "asgi, 1 of 1 workers ready, 1000 connections each" in monoctl(server, "status").stdout
    assert metrics.value("monoceros_worker_stall_seconds_total") >= 0.3
    assert metrics.value("monoceros_worker_longest_stall_seconds") >= 0.3
