# SPDX-License-Identifier: Apache-2.0
"""--preload on, off and auto; tests/apps/wsgi/hazards has one application per hazard."""

import os
import re
import stat

import pytest
from harness import processes
from harness.server import APPS
from harness.waiting import wait_until

HAZARDS = APPS / "hazards"
NAMED_BY = {
    "thread": "ticker",
    "socket_open": "socket",
    "epoll": "epoll",
    "inotify": "inotify",
    "io_uring": "io_uring",
    "writable_file": "writing",
    "child_process": "child process",
    "gpu": "GPU",
}
REFUSAL = "Not preloading"


def skip_without(hazard: str) -> None:
    if hazard == "io_uring":
        import ctypes

        libc = ctypes.CDLL(None)
        descriptor = libc.syscall(425, 4, ctypes.create_string_buffer(120))
        if descriptor < 0:
            pytest.skip("this kernel does not permit io_uring")
        os.close(descriptor)
    if hazard == "gpu" and os.geteuid() != 0:
        pytest.skip("needs root to make a device")


@pytest.fixture
def gpu_device():
    yield
    path = "/dev/nvidia-test"
    if os.path.exists(path) and stat.S_ISCHR(os.stat(path).st_mode):
        os.unlink(path)


def imports(server) -> int:
    """How often the application was imported, by what it prints."""
    return server.output.count("imported by")


@pytest.mark.parametrize("hazard", NAMED_BY)
def test_auto_names_the_hazard_and_lets_workers_import(serve, gpu_device, hazard):
    skip_without(hazard)
    server = serve(f"{hazard}:application", workers=2, apps=HAZARDS)
    line = server.wait_for_log(REFUSAL).partition(REFUSAL)[2]
    assert NAMED_BY[hazard] in line
    assert server.log.count(REFUSAL) == 1
    pid, parent = map(int, server.get().body.split())
    assert pid in server.workers()
    assert parent == server.master
    assert processes.stat(server.template).parent == server.master


def test_auto_preloads_a_clean_application(serve):
    server = serve("clean:application", workers=2, apps=HAZARDS)
    assert REFUSAL not in server.log
    pid, parent = map(int, server.get().body.split())
    assert pid in server.workers()
    assert parent == server.master


def test_preloaded_workers_share_their_memory(serve):
    """clean holds about 40 MiB that no request touches; running must not unshare them either."""
    server = serve("clean:application", "--preload", workers=4, apps=HAZARDS)
    for _ in range(200):
        assert server.get().status == 200
    totals = [processes.memory(pid) for pid in server.workers()]
    pss, rss = sum(m["Pss"] for m in totals), sum(m["Rss"] for m in totals)
    assert pss < 0.6 * rss, f"PSS {pss >> 20} MiB of RSS {rss >> 20} MiB"
    template = processes.memory(server.template)
    assert template["Rss"] > 40 << 20


def test_without_preload_workers_share_nothing_of_the_application(serve):
    server = serve("clean:application", "--preload=off", workers=2, apps=HAZARDS)
    assert processes.memory(server.template)["Rss"] < 40 << 20
    for pid in server.workers():
        assert processes.memory(pid)["Private_Dirty"] > 40 << 20


@pytest.mark.parametrize(("preload", "times"), [("on", 1), ("off", 3), ("auto", 1)])
def test_the_application_is_imported_once_or_by_each_worker(serve, write_app, preload, times):
    folder = write_app("""
import os

print("imported by", os.getpid(), flush=True)

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", f"--preload={preload}", workers=3, apps=folder)
    assert imports(server) == times
    if preload == "on":
        assert f"imported by {server.template}\n" in server.output


def test_preload_on_forks_in_spite_of_a_hazard_and_says_so(serve):
    server = serve("thread:application", "--preload", apps=HAZARDS)
    assert REFUSAL not in server.log
    assert "ticker" in server.log
    assert server.get().status == 200


def test_a_file_that_is_open_for_reading_is_no_hazard(serve, write_app):
    folder = write_app("""
source = open(__file__)
null = open("/dev/null", "w")

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder)
    assert REFUSAL not in server.log


def test_a_thread_that_ended_is_no_hazard(serve, write_app):
    folder = write_app("""
import threading

thread = threading.Thread(target=print)
thread.start()
thread.join()

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder)
    assert REFUSAL not in server.log


def test_random_numbers_of_preloaded_workers_differ(serve, write_app):
    folder = write_app("""
import random

random.random()

def application(environ, start_response):
    body = f"{random.random()}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
""")
    server = serve("app:application", "--preload", "--max-requests", "1", workers=2, apps=folder)
    first_numbers = {server.get().body for _ in range(6)}
    assert len(first_numbers) == 6


def test_what_a_discarded_template_started_is_gone(serve):
    """child_process starts `cat`, which ends with the process that imported the module."""
    server = serve("child_process:application", workers=1, apps=HAZARDS)
    wait_until(
        lambda: len([p for p in processes.of_session(server.session) if p.name == "cat"]) == 1,
        "the child of the discarded template to be gone",
    )
    assert re.search(r"child process \d+ \('cat'\)", server.log)
