# SPDX-License-Identifier: Apache-2.0
"""monoceros-agent over a running server: every call of the control plane, its errors, and what the
agent must never do to the server."""

import os
import signal
import socket
import time

import grpc
import pytest
from harness.agent import Agent, error_of
from harness.control import Control
from harness.load import KeepAliveLoad
from harness.waiting import wait_until

STREAM_LIMIT = 64


# Looking.


def test_server_info_names_both_versions_and_the_features(serve, attach):
    with attach(serve("hello:application")).local() as stub:
        info = wait_until(
            lambda: answer if (answer := stub.GetServerInfo()).master_version else None,
            "the master's version",
        )
    assert info.version == info.master_version
    assert {"status", "watch", "apply", "dump_stacks"} <= set(info.features)
    assert not info.managed


def test_status_says_what_runs(serve_gates, attach, gates):
    server = serve_gates(worker_class="gthread", workers=2)
    agent = attach(server)
    with agent.local() as stub:
        status = stub.GetStatus()
        assert (status.state, list(status.reasons)) == ("ready", [])
        assert (status.workers_ready, status.threads_wanted, status.slots) == (2, 4, 8)
        assert not status.workers
        with server.client() as client:
            client.request(target="/wait?gate=open&id=1")
            gates.wait_for("start", "1")
            status = stub.GetStatus(detail=True)
            gates.open("open")
            client.response()
    assert status.busy == 1
    busy = [t for w in status.workers for t in w.threads if t.state == "running"]
    assert [thread.request for thread in busy] == ["GET /wait"]
    assert sorted(w.pid for w in status.workers) == sorted(server.workers())


def test_watch_sends_one_at_once_and_one_each_interval(serve, attach):
    server = serve("hello:application")
    with attach(server).local() as stub:
        began = time.monotonic()
        stream = stub.WatchStatus(interval={"nanos": 200_000_000})
        statuses = [next(stream) for _ in range(4)]
        assert 0.5 < time.monotonic() - began < 10
        stream.cancel()
    assert {status.state for status in statuses} == {"ready"}
    assert len({(s.at.seconds, s.at.nanos) for s in statuses}) == 4


def test_config_says_where_each_setting_comes_from(serve, attach):
    with attach(serve("hello:application", "--timeout", "7")).local() as stub:
        settings = {entry.name: entry for entry in stub.GetConfig().settings}
    assert (settings["timeout"].value, settings["timeout"].live) == ("7", True)
    assert settings["timeout"].source == "command line"


def test_health_and_reflection_are_served(serve, attach):
    with attach(serve("hello:application")).local() as stub:
        check = stub.channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"", timeout=20) == b"\x08\x01"  # status: SERVING
        reflect = stub.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        )
        answer = next(reflect(iter([b"\x3a\x01*"]), timeout=20))  # list_services: "*"
    assert b"monoceros.control.v1.Control" in answer


# Changing.


def test_apply_returns_when_the_pool_is_as_wanted(serve, attach):
    server = serve("hello:application", worker_class="gthread")
    with attach(server).local() as stub:
        answer = stub.Apply(workers=2, threads=2)
        status = stub.GetStatus()
    assert answer.live_revision == 1
    assert "2 workers" in answer.message
    assert (status.workers_ready, status.slots) == (2, 4)
    assert status.live.state == "converged"


def test_followed_changes_end_with_done(serve, attach):
    server = serve("hello:application", workers=2)
    old = set(server.workers())
    with attach(server).local() as stub:
        events = list(stub.ApplyAndFollow(workers=3))
        assert events[-1].HasField("done") and not events[0].HasField("done")
        assert list(stub.RestartWorker(slot=0))[-1].HasField("done")
        assert list(stub.Reload())[-1].HasField("done")
    server.wait_for_other_workers(3, old)


def test_drain_ends_the_server(serve, attach):
    server = serve("hello:application")
    with attach(server).local() as stub:
        events = list(stub.Drain(graceful={"seconds": 5}))
    assert events[-1].HasField("done")
    assert server.wait_for_exit() == 0


def test_invalid_arguments_are_typed_errors_and_change_nothing(serve, attach):
    server = serve("hello:application")
    with attach(server).local() as stub:
        for fields in (
            {"workers": 1_000_000},
            {"threads": 0},
            {"worker_class": "nonsense"},
            {"settings": {"bind": "127.0.0.1:1"}},
            {"settings": {"no_such_setting": "1"}},
            {"settings": {"timeout": "soon"}},
            {"converge_within": {"seconds": -1}},
        ):
            code, details = error_of(lambda fields=fields: stub.Apply(**fields))
            assert code is grpc.StatusCode.INVALID_ARGUMENT, (fields, code, details)
            name = next(iter(fields.get("settings", fields)))
            assert name in details, (fields, details)
        code, details = error_of(lambda: stub.WatchStatus(interval={"seconds": 3600}))
        assert code is grpc.StatusCode.INVALID_ARGUMENT and details.startswith("interval")
        code, _ = error_of(lambda: stub.Drain(graceful={"seconds": -5}))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert error_of(lambda: stub.RestartWorker(slot=77))[0] in (
            grpc.StatusCode.FAILED_PRECONDITION,
            grpc.StatusCode.NOT_FOUND,
        )
        status = stub.GetStatus()
    assert (status.live.revision, status.workers_ready) == (0, 1)


def test_a_dry_run_changes_nothing(serve, attach):
    with attach(serve("hello:application")).local() as stub:
        stub.Apply(workers=4, dry_run=True)
        assert stub.GetStatus().workers_wanted == 1


def test_a_deadline_leaves_the_change_going_on(serve, attach):
    server = serve("hello:application")
    with attach(server).local() as stub:
        code, _ = error_of(lambda: stub.Apply(workers=2, timeout=0.0005))
        assert code is grpc.StatusCode.DEADLINE_EXCEEDED
        # Whether that one got through or not, the server takes the next.
        stub.Apply(workers=3)
    server.wait_for_workers(3)


def test_two_changes_at_once_are_done_one_after_the_other(serve, attach):
    server = serve("hello:application")
    with attach(server).local() as stub:
        first = stub.ApplyAndFollow(workers=3)
        second = stub.ApplyAndFollow(workers=2)
        revisions = [list(stream)[-1].done.live_revision for stream in (first, second)]
    assert sorted(revisions) == [1, 2]
    server.wait_for_workers(2 if revisions == [1, 2] else 3)


# Without a server, with another one, with a broken one.


def test_agent_waits_for_its_server_and_follows_the_next(serve, tmp_path, attach):
    run_dir = tmp_path / "shared"
    run_dir.mkdir()
    agent = Agent(tmp_path / "early", run_dir)
    try:
        with agent.local() as stub:
            code, details = error_of(stub.GetStatus)
            assert (code, details) == (
                grpc.StatusCode.UNAVAILABLE,
                f"no server runs in {run_dir}",
            )
            assert error_of(lambda: stub.Apply(workers=2))[0] is grpc.StatusCode.UNAVAILABLE
            assert error_of(stub.Reload)[0] is grpc.StatusCode.UNAVAILABLE
            watch = stub.WatchStatus(interval={"nanos": 100_000_000})
            assert next(watch).state == "unavailable"
            for _ in range(2):
                server = serve("hello:application", "--run-dir", str(run_dir))
                wait_until(lambda: next(watch).state == "ready", "a status of the server")
                wait_until(lambda: stub.GetServerInfo().master_version, "the master's hello")
                assert stub.Apply(workers=1).message
                server.stop()
                wait_until(lambda: next(watch).state == "unavailable", "the end of the server")
            watch.cancel()
            agent.wait_http()
            assert agent.http("GET", "/livez")[::2] == (200, b"ok\n")
    finally:
        agent.stop()


def test_a_foreign_or_truncated_scoreboard_is_an_error_and_no_crash(tmp_path):
    generation = tmp_path / "run" / "gen-1"
    generation.mkdir(parents=True)
    board = generation / "scoreboard"
    board.write_bytes(b"\0MONOSB1" + bytes(100))
    (tmp_path / "run" / "current").symlink_to("gen-1")
    agent = Agent(tmp_path / "agent", tmp_path / "run").wait_http()
    try:
        with agent.local() as stub:
            assert "truncated" in error_of(stub.GetStatus)[1]
            board.write_bytes(os.urandom(1 << 20))
            assert "not a scoreboard" in error_of(stub.GetStatus)[1]
            status, _, body = agent.http("GET", "/metrics")
            assert status == 503 and b"not a scoreboard" in body
            assert agent.process.poll() is None
    finally:
        agent.stop()


def test_peers_without_hello_are_served(serve):
    server = serve("hello:application")
    with Control(server.run_dir / "current" / "master.sock") as old:
        answer = old.wait(old.order("apply", workers=2))
    assert answer.ok and answer.live_revision == 1
    server.wait_for_workers(2)


def test_a_master_that_never_says_hello_gets_orders(tmp_path):
    generation = tmp_path / "run" / "gen-1"
    generation.mkdir(parents=True)
    (tmp_path / "run" / "current").symlink_to("gen-1")
    folder = os.open(generation, os.O_PATH)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(f"/proc/self/fd/{folder}/master.sock")
        listening.listen()
        agent = Agent(tmp_path / "agent", tmp_path / "run")
        try:
            master, _ = listening.accept()
            with agent.local() as stub, master:
                master.settimeout(20)
                assert b"hello" in master.recv(4096)
                info = stub.GetServerInfo()
                assert (info.master_version, list(info.features)) == ("", ["status", "watch"])
                stream = stub.Reload()
                assert b'"reload"' in master.recv(4096)
                master.send(b'{"op":"done","id":1,"ok":true,"code":"","message":"reloaded"}')
                assert next(stream).done.message == "reloaded"
        finally:
            agent.stop()
    os.close(folder)


def test_a_second_agent_leaves_the_first_alone(serve, attach):
    server = serve("hello:application")
    first = attach(server)
    with first.local() as stub:
        attach(server).wait_for_log("another agent serves")
        assert stub.GetStatus().state == "ready"


# What it must never do.


def test_readers_that_do_not_read_cost_bounded_memory(serve, attach):
    server = serve("hello:application", worker_class="gthread", workers=4)
    agent = attach(server)

    def resident() -> int:
        with open(f"/proc/{agent.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with agent.local() as stub, agent.local() as other:
        # grpcio reads only what is asked for.
        unread = [
            stub.WatchStatus(interval={"nanos": 100_000_000}, detail=True, timeout=100)
            for _ in range(STREAM_LIMIT)
        ]
        for stream in unread:  # admitted, every one of them, before any other asks
            next(stream)

        def full() -> bool:
            stream = other.WatchStatus()
            try:
                next(stream)
                stream.cancel()
                return False
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                return True

        wait_until(full, "the limit of streams")
        before = resident()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            assert other.GetStatus().state == "ready"
        assert resident() < before + (16 << 20)
        for stream in unread:
            stream.cancel()
        wait_until(lambda: not full(), "room for streams again")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_losing_the_agent_fails_no_request(serve, attach, number):
    server = serve("hello:application", "--keep-alive", "60", worker_class="gthread")
    agent = attach(server)
    with agent.local(), KeepAliveLoad(server) as load:
        agent.process.send_signal(number)
        load.wait_for_more(200)
    assert not load.problems


def test_sigterm_ends_it_at_once_with_streams_open(serve, attach):
    server = serve("hello:application")
    agent = attach(server)
    with agent.local() as stub:
        watch = stub.WatchStatus()
        next(watch)
        agent.process.terminate()
        assert agent.process.wait(10) == 0
    assert not (server.run_dir / "control.sock").exists()


def test_the_masters_agent_ends_with_its_master(serve):
    server = serve("hello:application", "--agent-bind", "", agent=True)

    def agents() -> list[int]:
        return [pid for pid in server.children() if comm(pid) == "monoceros-agent"]

    def comm(pid: int) -> str:
        try:
            return os.readlink(f"/proc/{pid}/exe").rpartition("/")[2]
        except OSError:
            return ""

    pid = wait_until(agents, "an agent")[0]
    server.signal(signal.SIGKILL)
    wait_until(lambda: comm(pid) == "", "the end of the agent")
