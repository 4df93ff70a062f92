# SPDX-License-Identifier: Apache-2.0
"""Router and template die; the service goes on."""

import os
import signal

import pytest
from harness import processes
from harness.client import Ended
from harness.load import KeepAliveLoad
from harness.waiting import wait_until


def test_a_new_router_takes_over_from_a_killed_one(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class, workers=2)
    pids = set(server.workers())
    for _ in range(3):
        old = server.router
        with server.client() as client:
            client.get()
            os.kill(old, signal.SIGKILL)
            assert client.ended()
        wait_until(lambda: server.find_router() not in (None, old), "a new router")
        # The listening socket was never closed: connections wait in its backlog.
        assert server.get().status == 200
        assert all(server.get().status == 200 for _ in range(20))
    assert set(server.wait_for_workers(2)) == pids


def test_what_ran_under_the_killed_router_ends_and_its_worker_serves_on(
    serve_gates, gates, worker_class
):
    server = serve_gates(worker_class=worker_class)
    worker = server.workers()
    with server.client() as client:
        client.request("/wait?gate=gate&id=lost")
        gates.wait_for("start", "lost")
        os.kill(server.router, signal.SIGKILL)
        with pytest.raises((Ended, ConnectionResetError)):
            client.response()
    with server.client() as client:
        client.request("/?id=next")
        gates.open()
        assert client.response().status == 200
    gates.wait_for("end", "lost")
    assert server.wait_for_workers(1) == worker
    assert gates.count("start")["lost"] == 1


LARGE = """
def application(environ, start_response):
    size = 64 << 20 if environ["PATH_INFO"] == "/large" else 2
    start_response("200 OK", [("Content-Length", str(size))])
    return (b"x" * min(size, 1 << 20) for _ in range(max(1, size >> 20)))
"""


def test_a_worker_that_waited_for_credit_serves_on_after_the_router_died(
    serve, worker_class, write_app
):
    limits = ("--timeout", "0", "--spool-limit", "1M", "--router-memory", "4M")
    folder = write_app(LARGE)
    server = serve("app:application", *limits, worker_class=worker_class, apps=folder)
    worker = server.workers()
    with server.client() as client:
        client.request("/large")
        # The client reads nothing: memory and spool fill up, then the worker waits.
        wait_until(lambda: server.scoreboard.router("spool_bytes") >= 1 << 19, "a full spool")
        os.kill(server.router, signal.SIGKILL)
    assert server.get().body == b"xx"
    assert server.wait_for_workers(1) == worker


def test_workers_serve_on_without_a_template(serve, worker_class, write_app):
    server = serve("hello:application", worker_class=worker_class, workers=2)
    pids = set(server.workers())
    old = server.template
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: not processes.lives(old), "the template to be gone")
    assert server.get().status == 200
    new = wait_until(
        lambda: found[0] if (found := server.templates()) and found != [old] else None,
        "a new template",
    )
    assert new != old
    assert set(server.workers()) == pids
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in server.workers(), "the worker to be gone")
    assert len(set(server.wait_for_workers(2)) & pids) == 1
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.scoreboard.header("reloads_ok") == 1, "the reload")
    server.wait_for_other_workers(2, pids)
    assert server.get().status == 200


def test_a_stopped_template_harms_no_request(serve):
    server = serve("hello:application")
    template = server.template
    os.kill(template, signal.SIGSTOP)
    try:
        assert all(server.get().status == 200 for _ in range(20))
    finally:
        os.kill(template, signal.SIGCONT)


def test_a_stopped_master_harms_no_request(serve):
    server = serve("hello:application")
    server.signal(signal.SIGSTOP)
    try:
        assert all(server.get().status == 200 for _ in range(20))
    finally:
        server.signal(signal.SIGCONT)


def test_router_deaths_leak_no_descriptor(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class, workers=2)

    def replace() -> None:
        old = server.router
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: server.find_router() not in (None, old), "a new router", 40)
        assert server.get().status == 200

    def counts() -> list[int]:
        pids = (server.master, server.router, *sorted(server.workers()))
        return [len(processes.open_files(pid)) for pid in pids]

    replace()
    before = counts()
    for _ in range(3):
        replace()
    wait_until(
        lambda: all(now <= then for now, then in zip(counts(), before, strict=True)),
        f"the counts to be {before} again",
    )


def test_a_stopped_router_is_replaced(serve):
    server = serve("hello:application", workers=2)
    pids = set(server.workers())
    old = server.router
    os.kill(old, signal.SIGSTOP)
    server.wait_for_log(f"Router (pid:{old}) has not turned", deadline=30)
    wait_until(lambda: server.find_router() not in (None, old), "a new router")
    assert all(server.get().status == 200 for _ in range(20))
    assert set(server.wait_for_workers(2)) == pids


def test_a_stopped_agent_is_replaced_and_no_request_notices(serve):
    server = serve("hello:application", "--agent-bind", "127.0.0.1:0", agent=True)
    old = wait_until(server.find_agent, "the agent")
    with KeepAliveLoad(server) as load:
        os.kill(old, signal.SIGSTOP)
        wait_until(lambda: server.find_agent() not in (None, old), "another agent", 60)
        load.wait_for_more()
    assert load.problems == []
    assert "was stopped by a signal" in server.log


def test_a_server_without_its_agent_serves_on(serve):
    """The agent is started, killed, stopped; requests do not notice."""
    server = serve("hello:application", "--agent-bind", "127.0.0.1:0", agent=True)
    if "monoceros-agent is not installed" in server.log:
        pytest.skip("this build has no agent")
    server.wait_for_log("Agent listening at: http://127.0.0.1:")

    def find_agent() -> int | None:
        for pid in server.children():
            if processes.command_line(pid)[:1] and "monoceros-agent" in processes.command_line(pid)[0]:
                return pid
        return None

    first = wait_until(find_agent, "the agent")
    os.kill(first, signal.SIGKILL)
    assert server.get().status == 200
    second = wait_until(lambda: find_agent() not in (None, first) and find_agent(), "a new agent")
    os.kill(second, signal.SIGSTOP)
    assert all(server.get().status == 200 for _ in range(20))
    # The stopped one does not hold up the end, either.
    server.stop()
