# SPDX-License-Identifier: Apache-2.0
"""Workers of classes gevent and eventlet: what is special about greenlets."""

import os
import signal
import socketserver
import threading
import time

import pytest
from harness import processes
from harness.client import Ended
from harness.server import Server
from harness.waiting import wait_until

MIB = 1 << 20
KEEP = ("--keep-alive", "60")


@pytest.fixture
def green(serve, green_class, gates):
    """serve() of the application green."""

    def start(*arguments, application="green:application", **options):
        own = {"variables": gates.variables} | options
        return serve(application, *KEEP, *arguments, worker_class=green_class, **own)

    return start


def at_once(server, count, target):
    """Sends so many requests before it reads any response; their texts and the seconds it took."""
    clients = [server.client() for _ in range(count)]
    began = time.monotonic()
    for client in clients:
        client.request(target)
    texts = {client.response().text for client in clients}
    took = time.monotonic() - began
    for client in clients:
        client.close()
    return texts, took


def test_five_hundred_sleeping_requests_take_hardly_longer_than_one(green):
    texts, took = at_once(green(), 500, "/sleep?ms=200")
    assert texts == {"slept"}
    assert took < 10, "500 sleeps of 200 ms one after the other take 100 s"


def test_worker_connections_are_the_requests_that_run_at_once(green, gates):
    server = green("--worker-connections", "3", application="gates:application")
    clients = [server.client() for _ in range(5)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
    wait_until(lambda: server.scoreboard.router("queued") == 2, "two that wait for the others")
    assert sum(gates.count("start").values()) == 3
    gates.open()
    assert [client.response().status for client in clients] == [200] * 5
    for client in clients:
        client.close()


class Slow(socketserver.StreamRequestHandler):
    def handle(self):
        self.request.recv(4096)
        self.server.arrived.release()
        self.server.answer.wait(20)
        self.request.sendall(b"HTTP/1.0 200 OK\r\n\r\nfrom upstream")


@pytest.fixture
def upstream():
    """A server that answers when `answer` is set; each arrival releases `arrived`."""

    class Upstream(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Upstream(("127.0.0.1", 0), Slow) as server:
        server.arrived, server.answer = threading.Semaphore(0), threading.Event()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.answer.set()
        server.shutdown()
        thread.join()


def test_sockets_of_the_application_wait_in_the_hub(green, upstream):
    server = green()
    clients = [server.client() for _ in range(20)]
    for client in clients:
        client.request(f"/fetch?port={upstream.server_address[1]}")
    for _ in clients:
        assert upstream.arrived.acquire(timeout=20), "all ask the other server at once"
    assert server.get("/").status == 200
    upstream.answer.set()
    assert {client.response().text for client in clients} == {"from upstream"}
    for client in clients:
        client.close()


@pytest.mark.parametrize("preload", ["--preload", "--preload=off"])
def test_the_application_is_imported_patched(green, green_class, preload):
    server = green(preload)
    assert green_class in server.get("/patched").text
    assert server.get("/sleep?ms=1").text == "slept"
    assert "not safe to fork" not in server.log


def test_what_patch_except_names_stays_as_it_is(green, green_class):
    server = green("--patch-except", "socket, subprocess")
    assert server.get("/patched").text == "socket"


def test_patch_except_takes_only_what_there_is(green):
    server = green("--patch-except", "sockets", ready=False)
    assert server.wait_for_exit() == 4
    assert "'sockets' is nothing that can be left unpatched" in server.log


def test_a_missing_library_is_a_start_error_that_says_what_to_install(green, green_class, tmp_path):
    package = tmp_path / "broken" / green_class
    package.mkdir(parents=True)
    error = f"raise ModuleNotFoundError('none', name={green_class!r})"
    (package / "__init__.py").write_text(f"# SPDX-License-Identifier: Apache-2.0\n{error}\n")
    server = green("--pythonpath", str(package.parent), ready=False)
    assert server.wait_for_exit() == 4
    assert f"pip install {green_class}" in server.log


def test_eventlet_s_authors_advice_is_said_once(serve):
    server = serve("green:application", worker_class="eventlet", workers=2)
    assert server.log.count("advise to move away") == 1
    assert "EventletDeprecationWarning" not in server.log


def test_a_slow_download_blocks_nobody_and_arrives_whole(green):
    server = green("--spool-limit", "1MiB", "--router-memory", "4MiB", "--send-timeout", "60")
    with server.client(receive=4096) as slow:
        slow.request(f"/stream?size={40 * MIB}")
        head = slow.final_head()
        wait_until(lambda: server.scoreboard.router("spool_bytes") >= MIB, "a full spool")
        assert server.get("/").status == 200
        assert sum(len(piece) for piece in slow.pieces(head)) == 40 * MIB
    assert server.get("/").status == 200


def test_large_bodies_both_ways_at_once_in_bounded_memory(green):
    server = green()
    (worker,) = server.workers()
    assert server.get("/").status == 200
    before = processes.pss(worker)
    with server.client() as up, server.client() as down:
        up.request("/body", "POST", (("Content-Length", str(100 * MIB)),))
        down.request(f"/stream?size={100 * MIB}")
        for _ in range(100):
            up.send(b"u" * MIB)
        assert sum(len(piece) for piece in down.pieces(down.final_head())) == 100 * MIB
        assert up.response().text == str(100 * MIB)
    assert processes.pss(worker) - before < 32 * MIB


def test_a_client_that_leaves_in_the_middle_ends_its_response_only(green, gates):
    server = green("--spool-limit", "1MiB", "--router-memory", "4MiB", application="gates:application")
    gates.open()
    with server.client(receive=4096) as gone, server.client() as other:
        gone.request(f"/large?gate=gate&size={100 * MIB}&id=gone")
        gone.final_head()
        wait_until(lambda: server.scoreboard.router("spool_bytes") >= MIB, "a full spool")
        assert gates.count("close")["gone"] == 0
        gone.close()
        gates.wait_for("close", "gone")
        assert other.get("/").status == 200
    assert "Error handling request" not in server.log


def test_a_child_that_a_view_forks_does_not_answer(green):
    server = green()
    with server.client() as client, server.client() as other:
        for _ in range(3):
            other.request("/sleep?ms=100")
            assert client.get("/fork").text == "0"
            assert other.response().text == "slept"
    assert len(server.workers()) == 1
    assert server.get("/").status == 200


def test_threads_and_programs_of_the_application_run(green):
    server = green()
    assert server.get("/thread").text == "thread"
    assert server.get("/program").text == "program\n"


def test_a_killed_greenlet_breaks_its_response_off(green):
    server = green()
    assert server.get("/killed").status == 502
    assert "Error handling request" not in server.log
    assert server.get("/").status == 200


def test_a_greenlet_that_outlives_its_request_reads_no_other_s_body(green):
    server = green()
    with server.client() as client:
        client.request("/late", "POST", body=b"own")
        assert client.response().text == "before"
        client.request("/sleep?ms=100", "POST", body=b"another")
        assert client.response().text == "slept"
        assert client.get("/lates").text == "['RuntimeError']"


def test_a_hundred_requests_in_flight_end_before_the_worker_leaves(green, gates):
    server = green(application="gates:application")
    (old,) = server.workers()
    clients = [server.client() for _ in range(100)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
    wait_until(lambda: len(gates.count("start")) == 100, "a hundred requests that run")
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.workers() not in ([], [old]), "a new worker")
    assert processes.lives(old)
    gates.open()
    assert {client.response().text for client in clients} == {str(old)}
    server.wait_for_workers(1)
    for client in clients:
        client.close()


def test_the_clients_of_a_killed_worker_get_502(green, gates):
    server = green(application="gates:application")
    (old,) = server.workers()
    clients = [server.client() for _ in range(100)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
    wait_until(lambda: len(gates.count("start")) == 100, "a hundred requests that run")
    os.kill(old, signal.SIGKILL)
    assert {client.response().status for client in clients} == {502}
    for client in clients:
        client.close()
    server.wait_for_other_workers(1, {old})
    assert server.get("/").status == 200


def test_max_requests_replaces_the_worker_without_a_failed_request(green):
    server = green("--max-requests", "10")
    with server.client() as client:
        pids = set()
        wait_until(lambda: pids.add(client.get("/").text) or len(pids) > 2, "replaced workers")


def test_a_new_router_serves_the_same_worker(green, gates):
    server = green(application="gates:application")
    (worker,) = server.workers()
    with server.client() as client:
        client.request("/wait?gate=gate&id=lost")
        gates.wait_for("start", "lost")
        os.kill(server.router, signal.SIGKILL)
        gates.open()
        gates.wait_for("end", "lost")
    wait_until(lambda: answer(server) == str(worker), "an answer through the new router")


def answer(server: Server) -> str | None:
    try:
        return server.get("/").text
    except (OSError, Ended):
        return None


def test_a_hub_that_does_not_turn_is_killed_at_timeout(green, gates):
    server = green("--timeout", "1", application="gates:application")
    with server.client() as client:
        client.request("/stuck?gate=gate&id=stuck")
        gates.wait_for("start", "stuck")
        server.wait_for_log("WORKER TIMEOUT")
        assert client.response().status == 502
    server.wait_for_workers(1)


def test_a_request_may_wait_longer_than_timeout(green):
    server = green("--timeout", "1")
    assert server.get("/sleep?ms=2500").text == "slept"
    assert "WORKER TIMEOUT" not in server.log
    assert "waiting cannot be measured" not in server.log
