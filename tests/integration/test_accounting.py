# SPDX-License-Identifier: Apache-2.0
"""What workers say about the time of their requests, read from the scoreboard."""

import threading

from harness.waiting import wait_until

THREADS = 4
MEASURED = 1

BUSY = """
import time

def application(environ, start_response):
    end = time.thread_time() + float(environ["QUERY_STRING"] or 0)
    while time.thread_time() < end:
        pass
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""

SLEEPING = """
import time

def application(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""

SUMS = ("busy_nanoseconds", "cpu_nanoseconds", "gil_wait_nanoseconds", "requests")


def load(server, clients, requests, target):
    """Each client makes its requests one after the other, all at the same time."""

    def run():
        with server.client() as client:
            for _ in range(requests):
                assert client.get(target).status == 200

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sums(board, row=0):
    return {name: board.sum_of_threads(row, name) for name in SUMS}


def wait_for_requests(board, count):
    """A request counts when its thread has ended it, just after the client has its response."""
    wait_until(lambda: sums(board)["requests"] >= count, f"{count} requests in the scoreboard")
    return sums(board)


def test_threads_that_compute_wait_for_the_gil_the_rest_of_their_time(serve, write_app):
    server = serve("app:application", worker_class="gthread", apps=write_app(BUSY))
    board = server.scoreboard
    assert board.worker(0, "gil_meter") == MEASURED
    load(server, THREADS, 6, "/?0.15")
    counted = wait_for_requests(board, 6 * THREADS)
    assert counted["requests"] == 6 * THREADS
    # By the application's own clock, and what the server adds.
    assert 0.95 < counted["cpu_nanoseconds"] / (6 * THREADS * 0.15e9) < 1.3
    share = counted["gil_wait_nanoseconds"] / counted["busy_nanoseconds"]
    assert abs(share - (THREADS - 1) / THREADS) < 0.1
    # Every thread of the process, the main thread too.
    process = board.worker(0, "gil_wait_nanoseconds")
    assert process >= counted["gil_wait_nanoseconds"]
    assert board.worker(0, "gil_waits") > 0


def test_sleeping_is_neither_cpu_nor_gil_wait(serve, write_app, worker_class):
    server = serve("app:application", worker_class=worker_class, apps=write_app(SLEEPING))
    load(server, 2, 5, "/?0.1")
    counted = wait_for_requests(server.scoreboard, 10)
    assert counted["busy_nanoseconds"] > 0.95e9
    assert counted["cpu_nanoseconds"] < 0.1e9
    assert counted["gil_wait_nanoseconds"] < 0.1e9


def test_sums_go_on_when_a_worker_is_replaced(serve, write_app, worker_class):
    arguments = ("--max-requests", "5")
    server = serve("app:application", *arguments, worker_class=worker_class, apps=write_app(BUSY))
    board = server.scoreboard
    before = {row.row: sums(board, row.row) for row in board.workers()}
    for _ in range(6):
        load(server, 1, 5, "/?0.01")
        now = {row.row: sums(board, row.row) for row in board.workers()}
        for row, earlier in before.items():
            assert all(now[row][name] >= earlier[name] for name in SUMS)
        before = now
    server.wait_for_workers(1)

    def all_requests():
        return sum(board.sum_of_threads(row.row, "requests") for row in board.workers())

    wait_until(lambda: all_requests() == 30, "30 requests in all incarnations together")
    cpu = sum(board.sum_of_threads(row.row, "cpu_nanoseconds") for row in board.workers())
    assert cpu > 0.95 * 30 * 0.01e9
    # A worker goes on until its replacement is there, so on a slow machine fewer than 30 / 5.
    wait_until(lambda: board.header("restarts_max_requests") >= 2, "workers that were replaced")


def test_a_row_says_which_request_its_thread_serves(serve_gates, gates):
    server = serve_gates(worker_class="gthread")
    board = server.scoreboard
    with server.client() as client:
        client.request("/wait?gate=gate&id=one")
        gates.wait_for("start", "one")
        busy = [t for t in range(THREADS) if board.thread(0, t, "busy_since")]
        assert len(busy) == 1
        assert board.request_text(0, busy[0]) == "GET /wait"
        assert board.thread(0, busy[0], "request_id") != 0
        assert board.thread(0, busy[0], "native_id") != 0
        gates.open("gate")
        assert client.response().status == 200
    wait_until(lambda: not board.thread(0, busy[0], "busy_since"), "the thread idle")
    assert board.request_text(0, busy[0]) == ""
    assert board.thread(0, busy[0], "request_id") == 0


def test_wall_accounting_leaves_cpu_and_gil_out(serve, write_app):
    folder = write_app(BUSY)
    server = serve("app:application", "--accounting", "wall", worker_class="gthread", apps=folder)
    load(server, THREADS, 2, "/?0.1")
    counted = wait_for_requests(server.scoreboard, 2 * THREADS)
    assert counted["busy_nanoseconds"] > 2 * THREADS * 0.1e9
    assert counted["cpu_nanoseconds"] == counted["gil_wait_nanoseconds"] == 0
    assert server.scoreboard.worker(0, "gil_waits") == 0
