# SPDX-License-Identifier: Apache-2.0
"""drain_delay: a server that was told to stop says so, and goes on serving until everybody has
noticed; keepalive_max_age: connections move on by themselves."""

import os
import signal
import threading
import time

import pytest
from harness import processes
from harness.client import Client, Ended
from harness.waiting import stays_true, wait_until
from test_health import Probes

KEEP = ("--keep-alive", "60")


@pytest.fixture
def probes() -> Probes:
    return Probes()


class MovingLoad:
    """Clients that keep asking, and go on by a new connection when a response closes theirs, or
    stay away once `leave()` was called. `problems` has everything that went wrong."""

    def __init__(self, server, clients: int = 4):
        self.server = server
        self.problems: list[object] = []
        self.closed = 0
        self.asked = 0
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def _run(self) -> None:
        while not self._done.is_set():
            try:
                with self.server.client() as client:
                    self._ask(client)
            except (OSError, Ended) as error:
                self.problems.append(error)
                return

    def _ask(self, client: Client) -> None:
        while not self._done.is_set():
            response = client.get()
            self.asked += 1
            if response.status != 200:
                self.problems.append(response)
            if response.closes:
                self.closed += 1
                return

    def __enter__(self) -> "MovingLoad":
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self.asked > 20, "the first answers")
        return self

    def leave(self) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def __exit__(self, *exc_info) -> None:
        self.leave()


def status(probes: Probes, target: str) -> int:
    return probes.get(target).status


@pytest.mark.parametrize("how", ["signal", "order"])
def test_requests_are_served_as_usual_for_drain_delay(serve, probes, worker_class, how):
    server = serve("hello:application", *KEEP, "--drain-delay", "3", *probes.arguments,
                   worker_class=worker_class, workers=2)  # fmt: skip
    with MovingLoad(server) as load:
        assert load.closed == 0
        begun = time.monotonic()
        if how == "signal":
            server.signal(signal.SIGTERM)
        else:
            with server.control() as control:
                control.order("drain", graceful=5)
        wait_until(lambda: status(probes, "/readyz") == 503, "not ready")
        # Draining is announced long before anything ends.
        assert time.monotonic() - begun < 1.5
        assert any("draining" in reason for reason in probes.reasons())
        wait_until(lambda: load.closed > 4, "responses that close their connections")
        asked = load.asked
        wait_until(lambda: load.asked > asked + 50, "requests on new connections")
        assert status(probes, "/livez") == 200
        assert server.scoreboard.header("draining") == 1
        with server.control() as control:
            answer = control.apply(workers=3)
            assert (answer.code, answer.message) == ("failed_precondition", "the server ends")
        server.signal(signal.SIGHUP)
        assert time.monotonic() - begun < 3, "too slow a machine to tell"
        load.leave()
    assert load.problems == []
    assert server.wait_for_exit() == 0
    assert time.monotonic() - begun >= 3
    assert server.scoreboard.header("reloads_ok") == 0


def test_without_a_delay_the_end_begins_at_once(serve):
    server = serve("hello:application", *KEEP)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_second_signal_ends_the_delay(serve_gates, gates, second):
    server = serve_gates("--drain-delay", "60", "--graceful-timeout", "60")
    with server.client() as client:
        client.request("/wait?gate=gate&id=last")
        gates.wait_for("start", "last")
        server.signal(signal.SIGTERM)
        wait_until(lambda: server.scoreboard.header("draining") == 1, "the drain")
        if second == signal.SIGTERM:
            # Within half a second it is the same order, which came twice.
            assert stays_true(lambda: server.process.poll() is None, 0.6)
        server.signal(second)
        assert server.wait_for_exit(10) == 0


def test_sigint_does_not_wait(serve):
    server = serve("hello:application", "--drain-delay", "60")
    server.signal(signal.SIGINT)
    assert server.wait_for_exit(10) == 0


def test_what_dies_during_the_delay_is_replaced(serve, probes):
    server = serve("hello:application", "--drain-delay", "5", *probes.arguments)
    server.signal(signal.SIGTERM)
    wait_until(lambda: server.scoreboard.header("draining") == 1, "the drain")
    old = (server.router, server.workers()[0])
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.find_router() not in (None, old[0]), "a new router")
    wait_until(lambda: set(server.workers()) - set(old), "a new worker")
    response = server.get()
    assert response.status == 200 and response.closes
    assert status(probes, "/readyz") == 503
    assert server.wait_for_exit() == 0


def test_graceful_timeout_begins_after_the_delay(serve_gates, gates, probes):
    server = serve_gates("--drain-delay", "1", "--graceful-timeout", "30", *probes.arguments)
    with server.client() as client:
        client.request("/wait?gate=gate&id=last")
        gates.wait_for("start", "last")
        server.signal(signal.SIGTERM)

        def refused() -> bool:
            try:
                with server.client():
                    return False
            except ConnectionRefusedError:
                return True

        wait_until(refused, "the end of the delay")
        assert status(probes, "/readyz") == 503
        assert status(probes, "/livez") == 200
        gates.open()
        response = client.response()
        assert response.status == 200 and response.closes
    assert server.wait_for_exit() == 0


def test_probes_are_answered_until_the_last_worker_has_left(serve, probes):
    server = serve("hello:application", *probes.arguments, "--graceful-timeout", "20")
    worker = server.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    server.signal(signal.SIGTERM)
    wait_until(lambda: server.workers("draining"), "the worker's turn to leave")
    assert processes.lives(worker)
    assert status(probes, "/readyz") == 503
    assert status(probes, "/livez") == 200
    os.kill(worker, signal.SIGCONT)
    assert server.wait_for_exit() == 0


# keepalive_max_age.


def test_an_old_connection_closes_after_its_next_response(serve):
    server = serve("hello:application", *KEEP, "--keepalive-max-age", "1")
    with server.client() as client:
        end = time.monotonic() + 0.8
        while time.monotonic() < end:
            assert not client.get().closes
        begun = time.monotonic()
        while not (response := client.get()).closes:
            assert time.monotonic() - begun < 5
        assert response.status == 200 and response.body
        assert client.ended()


def test_a_response_that_runs_is_never_cut(serve_gates, gates):
    server = serve_gates(*KEEP, "--keepalive-max-age", "1")
    with server.client() as client:
        client.request("/wait?gate=gate&id=long")
        gates.wait_for("start", "long")
        assert stays_true(lambda: server.process.poll() is None, 2.5)
        gates.open()
        response = client.response()
        assert response.status == 200 and response.closes


def test_an_old_idle_connection_is_closed(serve):
    server = serve("hello:application", *KEEP, "--keepalive-max-age", "1")
    with server.client() as client:
        assert not client.get().closes
        begun = time.monotonic()
        assert client.ended()
        assert time.monotonic() - begun < 10
    assert server.scoreboard.header("draining") == 0


def test_connections_of_one_moment_end_at_different_times(serve):
    server = serve("hello:application", *KEEP, "--keepalive-max-age", "3")
    clients = [server.client() for _ in range(8)]
    ended: dict[int, float] = {}
    begun = time.monotonic()
    while len(ended) < len(clients):
        for number, client in enumerate(clients):
            if number not in ended and client.get().closes:
                ended[number] = time.monotonic() - begun
        assert time.monotonic() - begun < 10
    assert max(ended.values()) - min(ended.values()) > 0.2
    assert min(ended.values()) > 2.5
    for client in clients:
        client.close()


def test_the_age_can_be_changed_while_the_server_runs(serve):
    server = serve("hello:application", *KEEP)
    with server.client() as client, server.control() as control:
        assert not client.get().closes
        assert control.apply(settings={"keepalive_max_age": "0.01"}).ok
        wait_until(lambda: client.get().closes, "a response that closes")
    with server.control() as control:
        assert control.apply(settings={"keepalive_max_age": "0", "drain_delay": "1"}).ok
    with server.client() as client:
        assert not client.get().closes
    server.stop()
    assert "nothing new is accepted in 1 s" in server.log
