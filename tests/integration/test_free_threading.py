# SPDX-License-Identifier: Apache-2.0
"""A free-threaded CPython: threads of one worker really run at the same time, and no number says
anything of a GIL that there is not. `tools/free-threaded` makes such an interpreter and runs this."""

import subprocess
import threading

import pytest
from harness.server import BINARY, PYTHON
from harness.waiting import wait_until

QUESTION = "import sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED'))"
THREADS = ("--threads", "2")
CLIENTS, EACH = 6, 150
WITHOUT_GIL = "This Python has no GIL: threads of the worker run at the same time"
WITH_GIL = "This Python is free-threaded, but its GIL is on"


def is_free_threaded() -> bool:
    done = subprocess.run([PYTHON, "-c", QUESTION], capture_output=True, text=True, check=False)
    return done.stdout.strip() == "1"


pytestmark = pytest.mark.skipif(not is_free_threaded(), reason="the interpreter has a GIL")


@pytest.fixture
def parallel(serve):
    """serve() of the application parallel."""

    def start(*arguments, worker_class="gthread", **options):
        return serve("parallel:application", *arguments, worker_class=worker_class, **options)

    return start


def meet(server, milliseconds) -> list[str]:
    clients = [server.client() for _ in range(2)]
    for client in clients:
        client.request(f"/meet?ms={milliseconds}")
    said = [client.response().text for client in clients]
    for client in clients:
        client.close()
    return said


def test_two_requests_that_never_give_up_a_gil_meet_in_one_worker(parallel):
    server = parallel(*THREADS)
    assert WITHOUT_GIL in server.log
    assert meet(server, 20000) == ["met", "met"]


def test_with_its_gil_turned_on_they_do_not_meet_and_the_log_says_why(parallel):
    server = parallel(*THREADS, variables={"PYTHON_GIL": "1"})
    assert WITH_GIL in server.log
    assert "alone" in meet(server, 300)


@pytest.fixture
def asgi(serve, apps):
    """serve() of an ASGI application."""

    def start(**options):
        folder = apps.parent / "asgi"
        return serve("both:asgi", worker_class="asgi", apps=folder, **options)

    return start


def test_a_loop_class_turns_the_gil_on_and_says_so(asgi):
    server = asgi()
    assert server.get("/").status == 200
    assert "This Python is free-threaded, but the class asgi runs with the GIL" in server.log


def test_a_loop_class_does_not_start_where_the_gil_is_forbidden(asgi):
    server = asgi(variables={"PYTHON_GIL": "0"}, ready=False)
    server.wait_for_log("the worker class asgi needs the GIL of this free-threaded Python")
    assert server.wait_for_exit() == 3


def test_many_requests_at_once_share_what_the_application_shares(parallel):
    """Headers and bodies are the same objects in all threads; a body is read by a thread of the view."""
    server = parallel("--threads", "8")
    right = []

    def ask(number):
        with server.client() as client:
            for turn in range(EACH):
                body = f"{number}-{turn}".encode() * 500
                response = client.get("/", method="POST", body=body)
                right.append((response.status, response.body) == (200, body))

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert right == [True] * CLIENTS * EACH
    assert server.scoreboard.header("restarts_crash") == 0


def test_only_the_thread_of_the_request_may_start_its_response(parallel):
    assert "only the thread that runs the request" in parallel(*THREADS).get("/start").text


def status(server) -> str:
    command = [BINARY.with_name("monoctl"), "--run-dir", server.run_dir, "status"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout


def test_metrics_and_monoctl_do_not_speak_of_a_gil_that_there_is_not(serve_metrics):
    server, metrics = serve_metrics("parallel:application", *THREADS, worker_class="gthread")
    assert server.get("/gil").text == "False"
    state = {"state": "not_applicable"}
    wait_until(lambda: metrics.value("monoceros_gil_meter_workers", **state) == 1, "the meter")
    assert {name for name in metrics.families() if "gil" in name} == {"monoceros_gil_meter_workers"}
    assert "not applicable: this Python has none" in status(server)


def test_with_its_gil_turned_on_its_wait_is_missing_not_zero(serve_metrics):
    own = {"worker_class": "gthread", "variables": {"PYTHON_GIL": "1"}}
    server, metrics = serve_metrics("parallel:application", *THREADS, **own)
    assert server.get("/gil").text == "True"
    state = {"state": "unavailable"}
    wait_until(lambda: metrics.value("monoceros_gil_meter_workers", **state) == 1, "the meter")


def test_a_dump_of_the_stacks_says_that_they_cannot_be_read(parallel):
    server = parallel(*THREADS)
    with server.control() as control:
        answer = control.ask("dump_stacks", slot=0, last_timeout=False)
    assert "cannot be read" in str(answer), answer
