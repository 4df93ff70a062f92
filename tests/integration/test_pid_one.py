# SPDX-License-Identifier: Apache-2.0
"""As the first process of a container."""

import os
import signal
import subprocess

import pytest
from harness import processes
from harness.waiting import wait_until

UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
ORPHANS = """
import os
import subprocess

def application(environ, start_response):
    # The shell leaves at once; its background child is nobody's but the first process's.
    subprocess.run(["sh", "-c", "sleep 0.2 &"], check=True)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


@pytest.fixture(autouse=True)
def may_unshare():
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not permit PID namespaces")


def test_foreign_children_are_reaped_as_pid_1(serve, write_app):
    folder = write_app(ORPHANS)
    server = serve("app:application", apps=folder, prefix=UNSHARE, ready=False).wait_for_socket()
    assert "(1)\n" in server.log
    for _ in range(5):
        assert server.get().body == b"ok"

    def family() -> list[processes.Stat]:
        return [p for p in processes.of_session(server.session) if p.name == "sleep"]

    wait_until(lambda: not family(), "all orphans to be gone, zombies included")
    first = processes.children(server.process.pid)[0]
    os.kill(first, signal.SIGTERM)
    assert server.wait_for_exit() == 0


def test_foreign_children_are_reaped_otherwise_too(serve, write_app):
    folder = write_app(ORPHANS)
    server = serve("app:application", apps=folder)
    for _ in range(5):
        assert server.get().body == b"ok"
    wait_until(
        lambda: not [p for p in processes.of_session(server.session) if p.name == "sleep"],
        "all orphans to be gone, zombies included",
    )
    assert len(server.workers()) == 1


def test_crashes_and_reloads_work_as_pid_1(serve, gates):
    server = serve(
        "gates:application", prefix=UNSHARE, variables=gates.variables, ready=False
    ).wait_for_socket()
    assert server.get("/crash?how=kill").status == 502
    wait_until(lambda: server.get().status == 200, "the replacement")
    first = processes.children(server.process.pid)[0]
    os.kill(first, signal.SIGHUP)
    server.wait_for_log("replacing the workers")
    assert server.get().status == 200
    os.kill(first, signal.SIGTERM)
    assert server.wait_for_exit() == 0
