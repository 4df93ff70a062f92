# SPDX-License-Identifier: Apache-2.0
"""Starting, and not being able to."""

import os
import signal
import socket
import subprocess

import pytest
from harness import processes
from harness.client import Client
from harness.server import APPS, BINARY, PYTHON, environment, run
from harness.waiting import stays_true, wait_until


def fails(server) -> tuple[int, str]:
    status = server.wait_for_exit()
    server.assert_nothing_left()
    return status, server.log


@pytest.mark.parametrize("preload", ["on", "off", "auto"])
def test_a_failing_import_ends_the_start(serve, worker_class, write_app, preload):
    folder = write_app("import a_module_that_does_not_exist\n")
    options = {"worker_class": worker_class, "apps": folder, "ready": False}
    server = serve("app:application", f"--preload={preload}", **options)
    status, log = fails(server)
    assert status in (3, 4)
    assert "ModuleNotFoundError: No module named 'a_module_that_does_not_exist'" in log
    assert "app.py" in log
    # Once with its traceback, and once where a supervisor looks: at the end.
    assert log.count("ModuleNotFoundError") == 2
    last = log.splitlines()[-1]
    assert f"Ends with status {status}: the application could not be started: " in last
    assert last.endswith("No module named 'a_module_that_does_not_exist'")


@pytest.mark.parametrize(
    ("application", "says"),
    [
        ("nothing_here:application", "nothing_here"),
        ("hello:missing", "missing"),
        ("hello:BODY", "not callable"),
        ("hello:1 +", "1 +"),
    ],
)
def test_an_application_that_is_not_there_is_a_sentence(serve, application, says):
    status, log = fails(serve(application, ready=False))
    assert status in (1, 3, 4)
    assert says in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("application", "says"),
    [("nothing_here:application", "no module 'nothing_here'"), ("app:application", "KeyError")],
)
def test_standard_error_says_why_also_when_the_log_is_elsewhere(
    serve, write_app, tmp_path, application, says
):
    folder = write_app("import os\nos.environ['NOT_SET']\n")
    log = tmp_path / "error.log"
    server = serve(application, "--error-logfile", str(log), apps=folder, ready=False)
    status, said = fails(server)
    assert status == 4
    assert said.startswith("monoceros: Ends with status 4") and says in said
    assert len(said.splitlines()) == 1
    assert says in log.read_text().splitlines()[-1]


def test_a_syntax_error_is_shown_with_its_line(serve, write_app):
    folder = write_app("def application(:\n")
    status, log = fails(serve("app:application", apps=folder, ready=False))
    assert status in (3, 4)
    assert "SyntaxError" in log
    assert "def application(:" in log


def test_an_import_that_ends_the_process_ends_the_start(serve, write_app):
    folder = write_app("import os\nos._exit(5)\n")
    status, log = fails(serve("app:application", apps=folder, ready=False))
    assert status not in (0, None)
    assert "exited with status 5" in log


def test_sys_exit_at_import_ends_the_start(serve, write_app):
    folder = write_app("import sys\nsys.exit('no configuration')\n")
    status, log = fails(serve("app:application", apps=folder, ready=False))
    assert status != 0
    assert "no configuration" in log


def test_an_import_longer_than_boot_timeout_ends_the_start(serve, write_app):
    folder = write_app("import time\ntime.sleep(600)\n")
    server = serve("app:application", "--boot-timeout", "1", apps=folder, ready=False)
    status, log = fails(server)
    assert status != 0
    assert "boot_timeout" in log


def test_timeout_never_ends_a_worker_that_starts(serve, write_app, worker_class):
    folder = write_app("""
import time
time.sleep(4)

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    arguments = ["--timeout", "1", "--preload=off"]
    server = serve("app:application", *arguments, worker_class=worker_class, apps=folder)
    assert server.get().body == b"ok"
    assert server.log.count("Booting worker") == 1


def test_requests_wait_for_the_first_worker(serve, write_app):
    folder = write_app("""
import time
time.sleep(1)

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder, ready=False).wait_for_socket()
    assert server.get().body == b"ok"


def test_an_address_in_use_is_said(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = serve("hello:application", "--bind", f"127.0.0.1:{port}", ready=False)
        status, log = fails(server)
    assert status == 1
    assert f"127.0.0.1:{port}" in log
    assert "in use" in log


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(serve, tmp_path):
    path = str(tmp_path / "server.sock")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(path)
    first = serve("hello:application", "--bind", f"unix:{path}")
    assert first.get().status == 200
    status, log = fails(serve("hello:application", "--bind", f"unix:{path}", ready=False))
    assert (status, "in use" in log) == (1, True)
    assert first.get().status == 200


def test_an_inherited_socket_is_served(serve, tmp_path):
    """fd://3, as a supervisor passes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        (tmp_path / "tmp").mkdir()
        command = [str(BINARY), "--bind", "fd://3", "--chdir", str(APPS), "hello:application"]
        command += ["--python", PYTHON]
        shell = ["bash", "-c", f'exec "$@" 3<&{listener.fileno()}', "-", *command]
        with (tmp_path / "err").open("wb") as err:
            process = subprocess.Popen(
                shell,
                cwd=tmp_path,
                env=environment(tmp_path, {}),
                pass_fds=[listener.fileno()],
                stderr=err,
                start_new_session=True,
            )
    try:
        with Client(address) as client:
            assert client.get().status == 200
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_an_interpreter_that_is_not_there_is_said(serve):
    status, log = fails(serve("hello:application", "--python", "/no/such/python", ready=False))
    assert status != 0
    assert "/no/such/python" in log


def test_an_interpreter_without_the_extension_is_a_sentence(serve, tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho this is no Python >&2\nexit 1\n")
    fake.chmod(0o755)
    status, log = fails(serve("hello:application", "--python", str(fake), ready=False))
    assert status != 0
    assert str(fake) in log or "interpreter" in log


def test_check_config_imports_the_application(tmp_path, write_app):
    folder = write_app("raise RuntimeError('not today')\n")
    common = ["--python", PYTHON, "--check-config", "--chdir"]
    good = run(tmp_path, *common, str(APPS), "hello:application")
    assert (good.returncode, good.stderr) == (0, "")
    bad = run(tmp_path, *common, str(folder), "app:application")
    assert bad.returncode != 0
    assert "RuntimeError: not today" in bad.stderr


def test_no_process_keeps_descriptors_that_are_not_its_own(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class, workers=2)
    listening = {
        link for link in processes.open_files(server.router).values() if link.startswith("socket:")
    } & {link for link in processes.open_files(server.master).values()}
    assert listening
    for pid in (*server.workers(), server.template):
        links = set(processes.open_files(pid).values())
        assert not links & listening, "an application process has a listening socket"


def test_the_router_holds_no_secret_of_the_environment(serve):
    server = serve("hello:application", variables={"SECRET_KEY": "very-secret"})
    assert b"very-secret" not in open(f"/proc/{server.router}/environ", "rb").read()
    for pid in server.workers():
        assert b"very-secret" in open(f"/proc/{pid}/environ", "rb").read()


def test_workers_are_children_of_the_master(serve, worker_class):
    server = serve("hello:application", worker_class=worker_class, workers=3)
    for pid in server.workers():
        assert processes.stat(pid).parent == server.master
    assert processes.stat(server.template).parent == server.master


def test_nothing_outlives_a_killed_master(serve):
    server = serve("hello:application", workers=2)
    server.signal(signal.SIGKILL)
    server.process.wait()
    server.assert_nothing_left()


def test_an_idle_server_uses_no_cpu(serve):
    """All processes together under 2 % of a core; a poll loop would take far more."""
    server = serve("hello:application", workers=4)
    server.get()

    def ticks() -> int:
        total = 0
        for process in processes.of_session(server.session):
            fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total

    before = ticks()
    assert stays_true(lambda: server.process.poll() is None, 3)
    assert (ticks() - before) / os.sysconf("SC_CLK_TCK") < 3 * 0.02 + 0.02


def test_standard_streams_that_are_closed_do_no_harm(serve, tmp_path):
    def close_all():
        for fd in (0, 1, 2):
            os.close(fd)

    log = tmp_path / "log"
    server = serve(
        "hello:application", "--error-logfile", str(log), limits=close_all, ready=False
    )
    wait_until(lambda: log.exists() and "Listening at" in log.read_text(), "the log")
    port = int(log.read_text().partition("127.0.0.1:")[2].split()[0])
    with Client(("127.0.0.1", port)) as client:
        assert client.get().status == 200
