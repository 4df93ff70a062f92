# SPDX-License-Identifier: Apache-2.0
"""The run directory: what is in it, who may use it, what happens when it cannot be used."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from harness import server as harness
from harness.control import Control
from harness.waiting import wait_until


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def start_error(folder: Path, *arguments: str, **variables: str) -> str:
    """What a server says that cannot start."""
    done = harness.run(
        folder,
        *("--python", harness.PYTHON, "--no-agent", "--bind", "127.0.0.1:0"),
        *("--chdir", str(harness.APPS), *arguments, "hello:application"),
        **variables,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_it_holds_lock_link_scoreboard_and_socket(serve):
    server = serve("hello:application")
    assert mode(server.run_dir) == 0o2770
    assert os.readlink(server.run_dir / "current") == "gen-1"
    current = server.run_dir / "current"
    assert mode(current / "scoreboard") == 0o640
    assert mode(current / "master.sock") == 0o660
    assert stat.S_ISSOCK((current / "master.sock").stat().st_mode)
    assert (server.run_dir / "lock").exists()


def test_a_server_that_ended_leaves_nothing(serve):
    server = serve("hello:application")
    server.stop()
    assert not server.run_dir.exists()


def test_what_a_killed_master_left_is_replaced(serve, tmp_path):
    directory = tmp_path / "shared"
    first = serve("hello:application", "--run-dir", str(directory))
    os.kill(first.master, signal.SIGKILL)
    first.process.wait()
    assert (directory / "gen-1" / "scoreboard").exists()
    second = serve("hello:application", "--run-dir", str(directory))
    assert os.readlink(directory / "current") == "gen-2"
    assert not (directory / "gen-1").exists()
    assert second.get().status == 200


def test_two_servers_cannot_share_one(serve, tmp_path):
    directory = tmp_path / "shared"
    serve("hello:application", "--run-dir", str(directory))
    error = start_error(tmp_path, "--run-dir", str(directory))
    assert f"another server runs in {directory}" in error
    assert "--run-dir" in error


def test_servers_of_other_addresses_have_other_directories(serve, tmp_path):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    # An empty name is the default.
    options = {"variables": {"XDG_RUNTIME_DIR": str(runtime)}}
    servers = [serve("hello:application", "--run-dir", "", **options) for _ in range(2)]
    assert len(list(runtime.iterdir())) == 2
    assert all(path.name.startswith("monoceros-") for path in runtime.iterdir())
    for server in servers:
        server.stop()
    assert list(runtime.iterdir()) == []


def test_a_directory_that_nobody_asked_for_keeps_no_wanted_state(serve, tmp_path):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    server = serve("hello:application", "--run-dir", "", variables={"XDG_RUNTIME_DIR": str(runtime)})
    with Control(next(runtime.iterdir()) / "current" / "master.sock") as control:
        assert control.apply(workers=2).ok
    server.stop()
    assert list(runtime.iterdir()) == []


def test_without_a_usual_place_it_is_below_tmp_with_a_warning(serve, tmp_path):
    missing = str(tmp_path / "missing")
    server = serve("hello:application", "--run-dir", "", variables={"XDG_RUNTIME_DIR": missing})
    said = server.wait_for_log("The run directory is /tmp/monoceros-")
    path = Path(next(word for word in said.split() if word.startswith("/tmp/monoceros-"))[:-1])
    assert path.is_dir()
    server.stop()
    assert not path.exists()


def test_one_that_cannot_be_made_is_a_start_error(tmp_path):
    (tmp_path / "file").write_text("")
    error = start_error(tmp_path, "--run-dir", str(tmp_path / "file"))
    assert "the run directory cannot be used" in error or "cannot open" in error
    assert "--run-dir" in error


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_file_system_is_a_start_error(tmp_path):
    directory = tmp_path / "small"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(directory)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        error = start_error(tmp_path, "--run-dir", str(directory / "run"))
        assert "scoreboard cannot be made" in error
        assert "No space left on device" in error
        assert list(directory.iterdir()) == []
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def test_a_taken_agent_address_is_an_error_only_when_it_was_asked_for(serve, tmp_path):
    server = serve("hello:application")
    taken = f"127.0.0.1:{server.address[1]}"
    done = harness.run(
        tmp_path,
        *("--python", harness.PYTHON, "--bind", "127.0.0.1:0", "--agent-bind", taken),
        *("--chdir", str(harness.APPS), "--run-dir", str(tmp_path / "run"), "hello:application"),
    )
    assert done.returncode == 1
    assert "agent_bind" in done.stderr and taken in done.stderr


def test_the_health_address_is_opened(serve):
    server = serve("hello:application", "--health-bind", "127.0.0.1:0")
    assert server.wait_for_log("Health at: http://127.0.0.1:")


def test_the_scoreboard_of_the_directory_is_the_one_of_the_server(serve):
    server = serve("hello:application")
    path = server.run_dir / "current" / "scoreboard"
    with path.open("rb") as file:
        board = harness.scoreboard.Scoreboard(file.fileno())
    server.get()
    wait_until(lambda: board.router("requests") == 1, "the request to be counted")
    assert board.header("master_pid") == server.master
