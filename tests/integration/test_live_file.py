# SPDX-License-Identifier: Apache-2.0
"""--live-file as Kubernetes mounts it: a ConfigMap that is there before the server, may be late,
and says again what an operator has pushed already."""

import json

import grpc
import pytest
from harness.agent import error_of
from harness.metrics import Metrics
from harness.waiting import stays_true, wait_until
from test_agent_access import PERMISSION_DENIED, Authority
from test_live_changes import pool, replace

CONVERGED, FAILED = 0, 2  # scoreboard::LiveState
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
OPERATOR = "operator.monoceros.dev"


@pytest.fixture
def mounted(tmp_path):
    """The file of a mounted volume, not there yet."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    return folder / "live.yaml"


@pytest.fixture
def start(serve, mounted):
    """start(*arguments, workers=): a server with that live file, once it listens."""

    def run(*arguments, workers=1, **options):
        server = serve("hello:application", "--live-file", str(mounted), *arguments,
                       workers=workers, ready=False, **options)  # fmt: skip
        return server.wait_for_socket()

    return run


def revision(server) -> int:
    return server.scoreboard.header("live_revision")


def state(server) -> int:
    return server.scoreboard.header("live_state")


def quiet(server) -> bool:
    """Nothing of the pool changes for longer than the file is looked at."""
    before = (pool(server), revision(server), set(server.workers()))
    return stays_true(lambda: (pool(server), revision(server), set(server.workers())) == before, 2)


# At the start.


def test_the_first_worker_starts_with_the_files_values(start, mounted):
    replace(mounted, "workers: 2\nthreads: 3\nworker_class: gthread\n"
                     "settings:\n  max_body: 10\nliveRevision: 4\n")  # fmt: skip
    server = start()
    server.wait_for_workers(2)
    assert pool(server) == [("gthread", 3, 3)] * 2
    assert (revision(server), state(server)) == (4, CONVERGED)
    # Nobody was started with the configuration's and replaced.
    assert server.log.count("Booting worker") == 2
    assert "Using worker: gthread" in server.log
    assert server.get(method="POST", body=b"a" * 100).status == 413


def test_a_missing_file_is_said_and_taken_up_when_it_comes(start, mounted):
    server = start(workers=2)
    server.wait_for_workers(2)
    assert f"The live file {mounted} is not there" in server.log
    assert (revision(server), state(server)) == (0, CONVERGED)
    replace(mounted, "workers: 1\nliveRevision: 1\n")
    wait_until(lambda: revision(server) == 1, "the file")
    server.wait_for_workers(1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("workers: 0\nthreads: -4\n", "threads"),
        ("workers: many\nliveRevision: 3\n", "many"),
        ("workers: [\n", "live.yaml line"),
        ("worker_class: nosuch\nliveRevision: 3\n", "nosuch"),
        ("workers: 4000\nliveRevision: 3\n", "this server can hold"),
        ("settings:\n  bind: ':80'\n", "bind: cannot be changed"),
    ],
)
def test_refused_values_never_stop_a_start(serve_metrics, mounted, text, why):
    replace(mounted, text)
    server, metrics = serve_metrics("hello:application", "--live-file", str(mounted), workers=2)
    assert pool(server) == [("sync", 1, 1)] * 2
    assert server.get().status == 200
    said = server.wait_for_log("The live file cannot be used, the configuration holds")
    assert why in said
    assert (revision(server), state(server)) == (0, FAILED)
    assert failed_metric(metrics) == 1
    replace(mounted, "workers: 1\nliveRevision: 5\n")
    wait_until(lambda: (revision(server), state(server)) == (5, CONVERGED), "a good file")
    server.wait_for_workers(1)
    wait_until(lambda: failed_metric(metrics) == 0, "the metric")


def failed_metric(metrics: Metrics) -> float:
    return metrics.value("monoceros_live_state", state="failed")


def test_an_unreadable_file_never_stops_a_start(start, mounted):
    mounted.mkdir()
    server = start()
    server.wait_for_workers(1)
    assert state(server) == FAILED


# Revisions.


def restarted(start, tmp_path):
    """start() in the same run directory, as a container is restarted in place."""
    return lambda **options: start("--run-dir", str(tmp_path / "kept"), **options)


def test_a_newer_file_wins_over_what_was_kept(start, mounted, tmp_path):
    again = restarted(start, tmp_path)
    replace(mounted, "workers: 2\nsettings:\n  max_body: 10\nliveRevision: 4\n")
    server = again()
    server.wait_for_workers(2)
    server.stop()
    replace(mounted, "workers: 3\nliveRevision: 6\n")
    server = again()
    server.wait_for_workers(3)
    assert revision(server) == 6
    # The file says all there is: what was kept beside it is gone.
    assert server.get(method="POST", body=b"a" * 100).status == 200


def test_what_was_kept_wins_over_an_older_file(start, mounted, tmp_path):
    again = restarted(start, tmp_path)
    replace(mounted, "workers: 1\nliveRevision: 4\n")
    server = again()
    server.wait_for_workers(1)
    with server.control(features=["operator"]) as operator:
        assert operator.apply(workers=3, live_revision=7).ok
    server.stop()
    server = again()
    server.wait_for_workers(3)
    assert (revision(server), state(server)) == (7, CONVERGED)
    assert server.log.count("which is not higher than 7") == 1


def test_an_older_file_is_ignored_and_said_once(start, mounted):
    replace(mounted, "workers: 2\nliveRevision: 6\n")
    server = start()
    server.wait_for_workers(2)
    replace(mounted, "workers: 4\nliveRevision: 3\n")
    said = server.wait_for_log("says revision 3, which is not higher than 6")
    assert quiet(server)
    assert server.log.count("which is not higher than 6") == 1
    line = next(line for line in said.splitlines() if "which is not higher" in line)
    assert "[INFO]" in line
    assert (revision(server), state(server)) == (6, CONVERGED)


def test_other_values_of_the_same_revision_are_ignored_with_a_warning(start, mounted):
    replace(mounted, "workers: 2\nliveRevision: 6\n")
    server = start()
    server.wait_for_workers(2)
    replace(mounted, "workers: 4\nliveRevision: 6\n")
    said = server.wait_for_log("The live file is ignored: it has other values")
    line = next(line for line in said.splitlines() if "other values" in line)
    assert "[WARNING]" in line
    assert quiet(server)
    assert server.log.count("other values") == 1


# Beside an operator.


@pytest.fixture
def operated(serve, mounted, attach, tmp_path):
    """A server with the live file of revision 3, an agent beside it that trusts the operator's
    authority, and a function that connects with a certificate of that authority."""
    authority = Authority(tmp_path / "authority")
    server = serve("hello:application", "--live-file", str(mounted), ready=False)
    server.wait_for_socket()
    certificate, key = authority.issue("server", "DNS:localhost")
    agent = attach(
        server, "--control-bind", "127.0.0.1:0",
        "--control-tls-cert", str(certificate), "--control-tls-key", str(key),
        "--control-tls-client-ca", str(authority.path), "--control-change-sans", OPERATOR,
    )  # fmt: skip

    def connect(name: str):
        return agent.tcp(credentials=authority.credentials("client", f"DNS:{name}"))

    return server, agent, connect


@pytest.fixture
def of_revision_3(mounted):
    replace(mounted, "workers: 1\nliveRevision: 3\n")


def test_the_operator_is_ahead_of_the_kubelet(of_revision_3, operated, mounted):
    server, agent, connect = operated
    server.wait_for_workers(1)
    with connect(OPERATOR) as operator:
        response = operator.Apply(workers=2, settings={"max_body": "10"}, live_revision=4)
        assert response.live_revision == 4
    workers = set(server.wait_for_workers(2))
    replace(mounted, "workers: 2\nsettings:\n  max_body: 10\nliveRevision: 4\n")
    server.wait_for_log("The live file says revision 4, which holds already")
    assert quiet(server)
    assert set(server.workers()) == workers
    assert (revision(server), state(server)) == (4, CONVERGED)
    assert "other values" not in server.log


def test_the_kubelet_is_ahead_of_the_operator(of_revision_3, operated, mounted):
    server, agent, connect = operated
    replace(mounted, "workers: 2\nliveRevision: 4\n")
    wait_until(lambda: revision(server) == 4, "the file")
    server.wait_for_workers(2)
    with connect(OPERATOR) as operator:
        code, text = error_of(lambda: operator.Apply(workers=2, live_revision=4))
        assert code == FAILED_PRECONDITION and "not higher than 4" in text
        assert revision(server) == 4
        assert operator.Apply(workers=1, live_revision=5).live_revision == 5
    assert state(server) == CONVERGED


def test_nobody_else_gets_past_the_live_file(of_revision_3, operated):
    server, agent, connect = operated
    server.wait_for_workers(1)
    with connect("somebody.else") as other:
        code, _ = error_of(lambda: other.Apply(workers=2, live_revision=9))
        assert code == PERMISSION_DENIED
    with agent.local() as local:
        code, text = error_of(lambda: local.Apply(workers=2, live_revision=9))
        assert code == FAILED_PRECONDITION and "live file" in text
        assert local.Apply(workers=2, override_for="night shift").live_revision == 4
    assert json.loads((server.run_dir / "live.json").read_text())["revision"] == 4
