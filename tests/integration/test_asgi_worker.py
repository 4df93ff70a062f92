# SPDX-License-Identifier: Apache-2.0
"""Workers of class asgi: replaced, stuck, measured, changed while they serve."""

import os
import signal

from harness.client import Ended
from harness.load import KeepAliveLoad
from harness.server import run
from harness.waiting import stays_true, wait_until



def test_max_requests_replaces_workers_without_a_failed_request(views):
    server = views("--max-requests", "10", workers=2)
    with server.client() as client:
        pids = set()
        wait_until(
            lambda: pids.add(client.get("/context").status) or len(all_workers(server)) > 3,
            "replaced workers",
        )
    assert pids == {200}


def all_workers(server) -> set[str]:
    return {line for line in server.log.splitlines() if "Booting worker" in line}


def test_a_reload_lets_running_requests_end(views, gates):
    server = views()
    (old,) = server.workers()
    with server.client() as client:
        client.request("/slow")
        gates.wait_for("start")
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.workers() not in ([], [old]), "a new worker")
        gates.open()
        assert client.response().text == str(old)
    server.wait_for_workers(1)


def test_a_new_router_serves_the_same_worker(views, gates):
    server = views()
    (worker,) = server.workers()
    with server.client() as client:
        client.request("/wait_for_disconnect")
        gates.wait_for("start")
        os.kill(server.router, signal.SIGKILL)
        gates.wait_for("http.disconnect")
    gates.open()
    wait_until(lambda: answers(server), "an answer through the new router")
    assert server.get("/slow").text == str(worker)


def answers(server) -> bool:
    try:
        return server.get("/context").status == 200
    except (OSError, Ended):
        return False


def test_a_loop_that_does_not_turn_is_killed_at_timeout(views, gates):
    server = views("--timeout", "1")
    with server.client() as client:
        client.request("/stall")
        gates.wait_for("start")
        server.wait_for_log("WORKER TIMEOUT")
        assert client.response().status == 502
    gates.open()
    server.wait_for_workers(1)
    assert server.get("/context").status == 200


def test_a_loop_that_turns_is_not_killed_however_long_a_request_takes(views, gates):
    server = views("--timeout", "1")
    with server.client() as client:
        assert client.get("/nap?2.5").status == 200
    assert "WORKER TIMEOUT" not in server.log


def test_the_loop_s_busy_time_is_measured(views, gates):
    server = views()
    assert server.scoreboard.workers()[0].worker_class == "asgi"
    before = loop_busy(server)
    with server.client() as client:
        client.request("/stall")
        gates.wait_for("start")
        assert stays_true(lambda: True, 0.5)
        gates.open()
        assert client.response().status == 200
    # It counts when the turn has ended.
    wait_until(lambda: loop_busy(server) - before > 0.4e9, "the turn's time")
    busy = loop_busy(server)
    assert stays_true(lambda: True, 0.5)
    idle = loop_busy(server) - busy
    assert idle < 0.1e9


def loop_busy(server) -> int:
    return server.scoreboard.worker(0, "loop_busy_nanoseconds")


def test_workers_come_and_go_without_a_failed_request(views):
    server = views("--keep-alive", "60")
    with KeepAliveLoad(server, target="/context") as load, server.control() as control:
        for count in (3, 1):
            assert control.apply(workers=count).ok
            server.wait_for_workers(count)
            load.wait_for_more()
    assert load.problems == []


def test_asgi_app_is_the_application_of_class_asgi(serve_asgi):
    server = serve_asgi("no_such_module", "--asgi-app", "views:application")
    assert server.get("/context").status == 200


def test_asgi_app_alone_is_no_application_for_another_class(tmp_path):
    done = run(tmp_path, "--asgi-app", "views:application")
    assert done.returncode != 0
    assert "use --worker-class asgi" in done.stderr


def test_the_stacks_of_a_loop_can_be_read(views, gates):
    server = views()
    with server.client() as client, server.control() as control:
        client.request("/stall")
        gates.wait_for("start")
        answer = control.ask("dump_stacks", slot=0)
        gates.open()
        assert client.response().status == 200
    assert "stall" in str(answer.result)


def test_a_preloaded_application_has_its_loop_in_the_worker(views):
    server = views("--preload", workers=2)
    with server.client() as client:
        assert {client.get("/nap?0.01").status for _ in range(10)} == {200}
