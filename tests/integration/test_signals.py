# SPDX-License-Identifier: Apache-2.0
"""The signals that Gunicorn documents, as far as this release has them."""

import os
import signal
import threading
import time

import pytest
from harness import processes
from harness.client import Ended
from harness.waiting import stays_true, wait_until

APPLICATION = """
import os
import time

VERSION = {version!r}
time.sleep({pause})

def application(environ, start_response):
    body = f"{{VERSION}} {{os.getpid()}}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


def version(text: str, pause: float = 0) -> str:
    return APPLICATION.format(version=text, pause=pause)


class Load(threading.Thread):
    """One client that asks without a pause; `bad` has every answer that is not 200."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.bodies: list[bytes] = []
        self.bad: list[object] = []
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            try:
                with self.server.client() as client:
                    for _ in range(20):
                        response = client.get()
                        self.bodies.append(response.body)
                        if response.status != 200:
                            self.bad.append(response)
            except (OSError, Ended) as error:
                self.bad.append(error)

    def __enter__(self):
        self.start()
        wait_until(lambda: self.bodies, "the first answer")
        return self

    def __exit__(self, *exc_info):
        self.done.set()
        self.join()


@pytest.mark.parametrize("preload", ["on", "off"])
def test_hup_takes_up_new_code_without_a_failed_request(serve, worker_class, write_app, preload):
    folder = write_app(version("old"))
    server = serve(
        "app:application", f"--preload={preload}", worker_class=worker_class, workers=2, apps=folder
    )
    with Load(server) as load:
        write_app(version("new"))
        server.signal(signal.SIGHUP)
        wait_until(lambda: load.bodies[-1].startswith(b"new"), "an answer of the new code")
        wait_until(
            lambda: {row.generation for row in server.scoreboard.workers() if row.state == "ready"}
            == {2},
            "all workers to be new",
        )
        server.wait_for_workers(2)
        # A request that is being answered now may still be an old worker's; the next is not.
        seen = len(load.bodies) + 1
        wait_until(lambda: len(load.bodies) > seen + 10, "more answers")
        assert {body.split()[0] for body in load.bodies[seen:]} == {b"new"}
    assert load.bad == []
    assert server.scoreboard.header("reloads_ok") == 1


@pytest.mark.parametrize("preload", ["on", "off"])
def test_hup_with_a_broken_application_keeps_the_old_one(serve, write_app, preload):
    folder = write_app(version("old"))
    server = serve("app:application", f"--preload={preload}", workers=2, apps=folder)
    pids = set(server.workers())
    with Load(server) as load:
        write_app("raise RuntimeError('broken by the test')\n")
        server.signal(signal.SIGHUP)
        server.wait_for_log("RuntimeError: broken by the test")
        wait_until(lambda: server.scoreboard.header("reloads_failed") == 1, "the failure to count")
    assert load.bad == []
    assert {body.split()[0] for body in load.bodies} == {b"old"}
    assert set(server.wait_for_workers(2)) == pids
    write_app(version("mended"))
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.get().body.startswith(b"mended"), "the mended application")
    server.wait_for_workers(2)
    assert server.template


def test_hup_twice_ends_with_the_newest(serve, write_app):
    folder = write_app(version("1"))
    server = serve("app:application", workers=2, apps=folder)
    write_app(version("2", pause=1))
    server.signal(signal.SIGHUP)
    server.wait_for_log("Reloading the application")
    write_app(version("3"))
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.get().body.startswith(b"3"), "the newest application")
    server.wait_for_workers(2)
    assert all(server.get().body.startswith(b"3") for _ in range(10))


def test_hup_takes_up_changed_settings(serve, write_app):
    folder = write_app(version("any"))
    server = serve("app:application", apps=folder)
    config = server.folder / "monoceros.yaml"
    config.write_text("max_body: 10\n")
    assert server.get(method="POST", body=b"a" * 100).status == 200
    server.signal(signal.SIGHUP)
    wait_until(
        lambda: server.get(method="POST", body=b"a" * 100).status == 413, "the new max_body"
    )


def test_hup_with_invalid_settings_changes_nothing(serve, write_app):
    folder = write_app(version("any"))
    server = serve("app:application", apps=folder)
    pids = server.workers()
    (server.folder / "monoceros.yaml").write_text("workers: many\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("many")
    assert server.get().status == 200
    assert server.workers() == pids


def test_connections_outlive_a_reload(serve, write_app):
    folder = write_app(version("old"))
    server = serve("app:application", "--keep-alive", "20", apps=folder)
    with server.client() as client:
        assert client.get().body.startswith(b"old")
        write_app(version("new"))
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.get().body.startswith(b"new"), "the new application")
        assert client.get().body.startswith(b"new")


def test_a_reload_lets_a_running_request_end(serve_gates, gates):
    server = serve_gates()
    with server.client() as client:
        client.request("/wait?gate=gate&id=long")
        old = gates.wait_for("start", "long")
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.workers() and server.workers() != [old], "a new worker")
        assert processes.lives(old)
        gates.open()
        assert client.response().body == b"%d" % old
        wait_until(lambda: not processes.lives(old), "the old worker to leave")


def test_ttin_and_ttou_change_the_number_of_workers(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class)
    for wanted in (2, 3):
        server.signal(signal.SIGTTIN)
        server.wait_for_workers(wanted)
    for wanted in (2, 1):
        server.signal(signal.SIGTTOU)
        server.wait_for_workers(wanted)
    server.signal(signal.SIGTTOU)
    assert stays_true(lambda: len(server.workers()) == 1, 0.5)
    assert server.get().status == 200


def test_ttou_lets_a_running_request_end(serve_gates, gates):
    server = serve_gates(workers=2)
    clients = [server.client() for _ in range(2)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
        gates.wait_for("start", str(number))
    server.signal(signal.SIGTTOU)
    wait_until(lambda: len(server.workers("draining")) == 1, "a worker that drains")
    gates.open()
    assert {client.response().status for client in clients} == {200}
    server.wait_for_workers(1)
    for client in clients:
        client.close()


def test_term_lets_running_and_queued_requests_end(serve_gates, gates, worker_class):
    server = serve_gates(worker_class=worker_class)
    clients = [server.client() for _ in range(6)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
    wait_until(lambda: gates.count("start"), "the first to start")
    wait_until(lambda: server.scoreboard.router("connections") == 6, "all connections")
    server.signal(signal.SIGTERM)
    server.wait_for_log("Handling signal: term")
    gates.open()
    assert [client.response().status for client in clients] == [200] * 6
    assert server.wait_for_exit() == 0
    server.assert_nothing_left()
    assert len(gates.count("end")) == 6
    for client in clients:
        client.close()


def test_term_does_not_wait_for_idle_connections(serve):
    server = serve("hello:application", "--keep-alive", "60")
    with server.client() as client:
        client.get()
        start = time.monotonic()
        server.stop()
        assert time.monotonic() - start < 5
        assert client.ended()


def test_term_ends_what_takes_longer_than_graceful_timeout(serve_gates, gates, worker_class):
    server = serve_gates("--graceful-timeout", "1", worker_class=worker_class)
    with server.client() as client:
        client.request("/wait?gate=gate")
        gates.wait_for("start")
        start = time.monotonic()
        server.stop()
        assert 0.8 < time.monotonic() - start < 8


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_int_and_quit_do_not_wait(serve_gates, gates, worker_class, number):
    server = serve_gates("--graceful-timeout", "60", worker_class=worker_class)
    with server.client() as client:
        client.request("/wait?gate=gate")
        gates.wait_for("start")
        start = time.monotonic()
        server.stop(number)
        assert time.monotonic() - start < 8


def test_a_second_term_hurries(serve_gates, gates):
    server = serve_gates("--graceful-timeout", "60")
    with server.client() as client:
        client.request("/wait?gate=gate")
        gates.wait_for("start")
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        assert stays_true(lambda: server.process.poll() is None, 1)
        server.stop(signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_process_group_is_obeyed_once(serve_gates, gates, number):
    """Ctrl-C in a terminal reaches every process, the application's too."""
    server = serve_gates(workers=2)
    pids = set(server.workers())
    if number == signal.SIGTERM:
        with server.client() as client:
            client.request("/wait?gate=gate")
            gates.wait_for("start")
            os.killpg(server.session, number)
            server.wait_for_log("Handling signal: term")
            gates.open()
            assert client.response().status == 200
    else:
        os.killpg(server.session, number)
    if number == signal.SIGHUP:
        wait_until(lambda: server.scoreboard.header("reloads_ok") == 1, "the reload")
        server.wait_for_other_workers(2, pids)
        assert server.get().status == 200
        return
    assert server.wait_for_exit() == 0
    server.assert_nothing_left()
    assert "Traceback" not in server.log
    assert "KeyboardInterrupt" not in server.log


def test_other_signals_change_nothing(serve):
    server = serve("hello:application")
    pids = server.workers()
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGPIPE):
        server.signal(number)
    assert stays_true(lambda: server.workers() == pids, 0.5)
    assert server.get().status == 200


def test_a_term_while_starting_is_obeyed(serve, write_app):
    folder = write_app("import time\ntime.sleep(600)\n")
    server = serve("app:application", apps=folder, ready=False)
    server.wait_for_socket()
    server.signal(signal.SIGTERM)
    server.wait_for_exit()
    server.assert_nothing_left()


def test_a_reload_of_the_only_worker_fails_no_request(serve, write_app, worker_class):
    folder = write_app(version("0"))
    server = serve("app:application", worker_class=worker_class, apps=folder)
    with Load(server) as load:
        for number in range(1, 6):
            write_app(version(f"{number}"))
            server.signal(signal.SIGHUP)
            wait_until(lambda: server.scoreboard.header("reloads_ok") == number, "the reload")
    assert load.bad == []


def test_a_shower_of_hups_ends_in_one_working_state(serve, write_app):
    folder = write_app(version("old"))
    server = serve("app:application", workers=2, apps=folder)
    with Load(server) as load:
        for _ in range(30):
            server.signal(signal.SIGHUP)
        write_app(version("new"))
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.get().body.startswith(b"new"), "the new application")
        server.wait_for_workers(2)
        assert server.template
    assert load.bad == []


def test_reloads_leak_no_descriptor_and_no_process(serve, write_app):
    folder = write_app(version("any"))
    server = serve("app:application", workers=2, apps=folder)

    def reload() -> None:
        reloads = server.scoreboard.header("reloads_ok")
        generation = server.scoreboard.header("generation")
        server.signal(signal.SIGHUP)
        wait_until(lambda: server.scoreboard.header("reloads_ok") > reloads, "the reload")
        wait_until(
            lambda: {row.generation for row in server.scoreboard.workers() if row.state == "ready"}
            == {generation + 1},
            "new workers",
        )
        server.wait_for_workers(2)

    def counts() -> tuple[int, int, int]:
        files = processes.open_files
        return (len(files(server.master)), len(files(server.router)), len(server.children()))

    reload()
    wait_until(lambda: len(server.children()) == 4, "router, template and two workers")
    before = counts()
    for _ in range(10):
        reload()
    wait_until(
        lambda: all(now <= then for now, then in zip(counts(), before, strict=True)),
        f"the counts to be {before} again",
    )


def test_a_reload_ends_what_takes_longer_than_graceful_timeout(serve_gates, gates):
    server = serve_gates("--graceful-timeout", "1")
    with server.client() as client:
        client.request("/wait?gate=gate&id=long")
        old = gates.wait_for("start", "long")
        server.signal(signal.SIGHUP)
        assert client.response().status == 502
        wait_until(lambda: not processes.lives(old), "the old worker to be gone")
    assert server.get("/?id=next").status == 200


def test_crashes_leak_no_descriptor(serve_gates, gates):
    server = serve_gates("--timeout", "0", workers=2)

    def counts() -> tuple[int, int]:
        return (len(processes.open_files(server.master)), len(processes.open_files(server.router)))

    before = counts()
    for number in range(6):
        assert server.get(f"/crash?how=kill&id={number}").status == 502
        server.wait_for_workers(2)
    wait_until(lambda: counts() == before, f"the counts to be {before} again")
