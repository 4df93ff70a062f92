# SPDX-License-Identifier: Apache-2.0
"""Threads that start and end inside running gthread workers; orders over master.sock."""

import os
import signal
from pathlib import Path

import pytest
from harness.load import KeepAliveLoad
from harness.waiting import wait_until

KEEP = ("--keep-alive", "60")


@pytest.fixture
def serve_threads(serve):
    """serve() of one gthread worker with four threads."""

    def start(application, *arguments, **options):
        return serve(application, *KEEP, *arguments, worker_class="gthread", **options)

    return start


def resize(server, count: int) -> None:
    with server.control() as control:
        answer = control.apply(threads=count)
    assert answer.ok, answer


def tasks(pid: int) -> dict[int, str]:
    """The names of its threads, as ps shows them."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found[int(task.name)] = (task / "comm").read_text().strip()
        except OSError:  # it has just ended
            continue
    return found


def serving_tasks(pid: int) -> set[int]:
    return {task for task, name in tasks(pid).items() if name.startswith("monoceros-th-")}


def rows(server) -> set[int]:
    """The native ids in the thread rows of the first worker."""
    return {server.scoreboard.thread(0, n, "native_id") for n in range(16)} - {0}


def test_threads_really_start_and_end(serve_threads):
    server = serve_threads("hello:application")
    [pid] = server.workers()
    for count in (9, 1, 5, 2):
        resize(server, count)
        wait_until(lambda n=count: len(serving_tasks(pid)) == n, f"{count} serving threads")
        wait_until(lambda: rows(server) == serving_tasks(pid), "rows of just these threads")
        assert server.get("/").status == 200
    assert server.workers() == [pid]


def test_many_changes_under_load_fail_no_request(serve_threads):
    server = serve_threads("hello:application")
    [pid] = server.workers()
    with KeepAliveLoad(server, clients=8) as load:
        for change in range(40):
            resize(server, 1 + change * 5 % 12)
        load.wait_for_more()
    assert load.problems == []
    assert server.workers() == [pid]


def test_a_thread_that_is_to_end_sends_its_whole_response(serve_threads, gates):
    server = serve_threads("gates:application", variables=gates.variables)
    clients = [server.client() for _ in range(4)]
    for number, client in enumerate(clients):
        client.request(f"/items?gate=gate&id={number}")
        gates.wait_for("start", str(number))
    with server.control() as control:
        order = control.order("apply", threads=1)
        wait_until(lambda: server.scoreboard.workers()[0].capacity == 1, "the smaller capacity")
        assert len(rows(server)) == 4
        gates.open()
        assert [client.response().body for client in clients] == [b"firstsecond"] * 4
        assert control.wait(order).ok
    assert len(rows(server)) == 1
    for client in clients:
        client.close()


def test_the_application_sees_a_threaded_server_whatever_the_number(serve_threads, write_app):
    folder = write_app(
        """
import threading


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    own = threading.current_thread().name
    return [f"{environ['wsgi.multithread']} {threading.active_count()} {own}".encode()]
"""
    )
    server = serve_threads("app:application", apps=folder)
    resize(server, 1)
    assert server.get("/").body == b"True 2 monoceros-thread-0"
    resize(server, 3)
    answer = server.get("/").body.decode()
    assert answer.startswith("True 4 monoceros-thread-")


def test_a_changed_number_outlives_the_router(serve_threads):
    server = serve_threads("hello:application")
    [pid] = server.workers()
    resize(server, 7)
    router = server.router
    os.kill(router, signal.SIGKILL)
    wait_until(lambda: server.find_router() not in (None, router), "another router")
    wait_until(lambda: server.get("/").status == 200, "an answer")
    assert len(serving_tasks(pid)) == 7
    resize(server, 2)
    wait_until(lambda: len(serving_tasks(pid)) == 2, "two serving threads")
    assert server.get("/").status == 200
    assert server.workers() == [pid]
