# SPDX-License-Identifier: Apache-2.0
"""The pool changes while it serves: orders over master.sock, the live file, signals."""

import json
import os
import signal
import threading

import pytest
from harness import control as control_messages
from harness.load import KeepAliveLoad
from harness.waiting import stays_true, wait_until

KEEP = ("--keep-alive", "60")
GTHREAD = ("--worker-class", "gthread", "--threads", "4")


def change_under_load(server, **change):
    """The answer to an `apply`; no request failed and no connection was closed meanwhile."""
    with KeepAliveLoad(server) as load, server.control() as control:
        answer = control.apply(**change)
        load.wait_for_more()
    assert load.problems == []
    return answer


def pool(server) -> list[tuple[str, int, int]]:
    """Class, threads and capacity of each ready worker."""
    rows = server.scoreboard.workers()
    return [(r.worker_class, r.threads, r.capacity) for r in rows if r.state == "ready"]


# Workers.


def test_more_and_fewer_workers(serve, worker_class):
    server = serve("hello:application", *KEEP, worker_class=worker_class)
    first = set(server.workers())
    answer = change_under_load(server, workers=3)
    assert (answer.ok, answer.live_revision) == (True, 1), answer
    assert answer.message.startswith("3 workers")
    pids = set(server.wait_for_workers(3))
    assert first < pids
    assert server.scoreboard.header("workers_wanted") == 3
    assert change_under_load(server, workers=1).live_revision == 2
    assert len(server.wait_for_workers(1)) == 1
    assert server.scoreboard.header("restarts_scale") == 2
    assert server.scoreboard.header("live_revision") == 2


def test_events_say_what_happens(serve):
    server = serve("hello:application")
    with server.control() as control:
        answer = control.apply(workers=3)
    assert answer.events
    assert {event["workers_total"] for event in answer.events} == {3}
    done = [event["workers_done"] for event in answer.events]
    assert done == sorted(done)


def test_a_removed_worker_finishes_its_request(serve_gates, gates):
    server = serve_gates(workers=2)
    clients = [server.client() for _ in range(2)]
    for number, client in enumerate(clients):
        client.request(f"/wait?gate=gate&id={number}")
    for number in range(2):
        gates.wait_for("start", str(number))
    with server.control() as control:
        number = control.order("apply", workers=1)
        wait_until(lambda: server.workers("draining"), "a draining worker")
        gates.open()
        assert [client.response().status for client in clients] == [200, 200]
        assert control.wait(number).ok
    for client in clients:
        client.close()
    server.wait_for_workers(1)


# Threads.


def test_more_and_fewer_threads_inside_running_workers(serve):
    server = serve("hello:application", *KEEP, *GTHREAD, workers=2)
    pids = set(server.workers())
    for count in (16, 2, 1, 8):
        answer = change_under_load(server, threads=count)
        assert answer.ok, answer
        assert pool(server) == [("gthread", count, count)] * 2
    assert set(server.workers()) == pids
    assert server.scoreboard.header("threads_wanted") == 8


def test_new_threads_take_requests_and_old_ones_finish_theirs(serve_gates, gates):
    server = serve_gates("--worker-class", "gthread", "--threads", "1")
    clients = [server.client() for _ in range(4)]
    with server.control() as control:
        clients[0].request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        assert control.apply(threads=4).ok
        for number in range(1, 4):
            clients[number].request(f"/wait?gate=gate&id={number}")
            gates.wait_for("start", str(number))
        fewer = control.order("apply", threads=1)
        wait_until(lambda: server.scoreboard.workers()[0].capacity == 1, "the smaller capacity")
        gates.open()
        assert [client.response().status for client in clients] == [200] * 4
        assert control.wait(fewer).ok
    for client in clients:
        client.close()
    assert server.get("/").status == 200


def test_more_threads_than_a_worker_has_room_for_replace_it(serve):
    server = serve("hello:application", *KEEP, *GTHREAD, workers=2)
    pids = set(server.workers())
    answer = change_under_load(server, threads=100)
    assert answer.ok, answer
    assert pool(server) == [("gthread", 100, 100)] * 2
    assert not pids & set(server.workers())


# Classes.


def test_threads_make_gthread_of_sync_and_one_thread_does_not_make_sync_of_gthread(serve):
    server = serve("hello:application", *KEEP, workers=2)
    assert change_under_load(server, threads=3).ok
    assert pool(server) == [("gthread", 3, 3)] * 2
    assert change_under_load(server, threads=1).ok
    assert pool(server) == [("gthread", 1, 1)] * 2
    assert server.scoreboard.worker_class() == "gthread"


def test_sync_becomes_gthread_and_back(serve):
    server = serve("hello:application", *KEEP, workers=2)
    assert change_under_load(server, worker_class="gthread", threads=2).ok
    assert pool(server) == [("gthread", 2, 2)] * 2
    answer = change_under_load(server, worker_class="sync")
    assert answer.ok and "sync" in answer.message
    assert pool(server) == [("sync", 1, 1)] * 2
    assert server.scoreboard.header("restarts_reload") == 4
    assert {row.generation for row in server.scoreboard.workers()} == {1}


def test_everything_at_once(serve):
    server = serve("hello:application", *KEEP)
    answer = change_under_load(
        server, workers=3, worker_class="gthread", threads=5, settings={"max_body": "10"}
    )
    assert answer.ok, answer
    assert pool(server) == [("gthread", 5, 5)] * 3
    assert server.get(method="POST", body=b"a" * 100).status == 413


# Settings.


def test_live_settings_hold_at_once(serve):
    server = serve("hello:application", *KEEP)
    assert change_under_load(server, settings={"max_body": "10", "timeout": "77s"}).ok
    assert server.get(method="POST", body=b"a" * 100).status == 413
    with server.control() as control:
        config = {entry["name"]: entry for entry in control.ask("get_config").result["settings"]}
    assert config["timeout"] == {
        "name": "timeout",
        "value": "77",
        "source": "live revision 1",
        "live": True,
    }
    assert config["bind"]["live"] is False
    assert config["workers"]["source"] != "default"


def test_new_workers_follow_a_changed_max_requests(serve):
    server = serve("hello:application", *KEEP)
    first = server.workers()
    with server.control() as control:
        assert control.apply(settings={"max_requests": "5"}).ok
        row = server.scoreboard.workers()[0].row
        assert control.ask("restart_worker", slot=row).ok
    second = server.wait_for_workers(1)
    assert first != second
    for _ in range(5):
        assert server.get().status == 200
    wait_until(lambda: server.scoreboard.header("restarts_max_requests") == 1, "its replacement")
    assert server.wait_for_workers(1) != second


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"workers": -1}, ("workers", '"-1"', "not allowed")),
        ({"workers": "many"}, ("workers", '"many"')),
        ({"workers": [2]}, ("workers", "number")),
        ({"workers": 4000}, ("workers", "hold")),
        ({"threads": 0}, ("threads", '"0"', "from 1")),
        ({"threads": 4000}, ("threads", "hold")),
        ({"worker_class": "fast"}, ("worker_class", "fast")),
        ({"settings": {"timeout": "soon"}}, ("timeout", '"soon"')),
        ({"settings": {"bind": "127.0.0.1:1"}}, ("bind", "cannot be changed")),
        ({"settings": {"nonsense": "1"}}, ("nonsense", "no such setting")),
        ({"settings": 3}, ("settings", "object")),
        ({"live_revision": -1, "workers": 2}, ("live_revision",)),
        ({"converge_within": "long", "workers": 2}, ("converge_within",)),
    ],
)
def test_what_is_not_allowed_changes_nothing(serve, change, words):
    server = serve("hello:application")
    pids = server.workers()
    with server.control() as control:
        answer = control.apply(**change)
    assert (answer.ok, answer.code) == (False, "invalid_argument")
    assert all(word in answer.message for word in words), answer.message
    assert answer.live_revision == 0
    assert server.workers() == pids
    assert server.scoreboard.header("live_revision") == 0


def test_a_dry_run_only_checks(serve):
    server = serve("hello:application")
    with server.control() as control:
        assert control.apply(workers=3, dry_run=True).ok
        assert control.apply(workers=9999, dry_run=True).code == "invalid_argument"
    assert server.scoreboard.header("workers_wanted") == 1
    assert server.scoreboard.header("live_revision") == 0


# Revisions and order.


def test_only_a_higher_revision_is_accepted(serve):
    server = serve("hello:application")
    with server.control() as control:
        assert control.apply(workers=2, live_revision=7).live_revision == 7
        for revision in (7, 6):
            answer = control.apply(workers=3, live_revision=revision)
            assert answer.code == "failed_precondition"
            assert "not higher than 7" in answer.message
        assert control.apply(workers=1, live_revision=8).ok


def test_two_changes_at_once_are_made_one_after_the_other(serve):
    server = serve("hello:application", *KEEP, workers=2)
    with KeepAliveLoad(server) as load, server.control() as one, server.control() as other:
        first = one.order("apply", worker_class="gthread", threads=2)
        second = other.order("apply", worker_class="sync", workers=1)
        answers = [one.wait(first), other.wait(second)]
    assert load.problems == []
    assert [answer.ok for answer in answers] == [True, True], answers
    assert answers[1].live_revision == answers[0].live_revision + 1
    assert pool(server) == [("sync", 1, 1)]


def test_what_cannot_be_reached_is_rolled_back(serve, write_app):
    folder = write_app("from hello import application\n")
    server = serve("app:application", "--preload=off", *KEEP, workers=2, apps=folder)
    pids = set(server.workers())
    write_app("raise RuntimeError('broken by the test')\n")
    answer = change_under_load(server, workers=4)
    assert (answer.ok, answer.code) == (False, "aborted")
    assert "broken by the test" in answer.message
    assert set(server.wait_for_workers(2)) == pids
    assert server.scoreboard.header("live_state") == 2
    assert server.scoreboard.header("live_revision") == 0
    write_app("from hello import application\n")
    with server.control() as control:
        assert control.apply(workers=3, live_revision=1).ok
    assert server.scoreboard.header("live_state") == 0


def test_a_change_that_takes_too_long_is_rolled_back(serve, write_app):
    folder = write_app("from hello import application\n")
    server = serve("app:application", "--preload=off", *KEEP, workers=2, apps=folder)
    write_app("import time\ntime.sleep(3600)\n")
    answer = change_under_load(server, worker_class="gthread", threads=2, converge_within=1)
    assert answer.code == "aborted"
    assert "took too long" in answer.message
    assert server.wait_for_workers(2)
    assert pool(server) == [("sync", 1, 1)] * 2


# Reload, restart, drain.


def test_a_reload_by_order_says_how_it_went(serve, write_app):
    folder = write_app("from hello import application\n")
    server = serve("app:application", *KEEP, workers=2, apps=folder)
    pids = set(server.workers())
    with KeepAliveLoad(server) as load, server.control() as control:
        answer = control.ask("reload")
        assert answer.ok, answer
        assert answer.events
        new = set(server.workers())
        assert not new & pids
        write_app("raise RuntimeError('broken by the test')\n")
        answer = control.ask("reload")
        assert answer.code == "aborted"
        assert "Traceback" in answer.message and "broken by the test" in answer.message
    assert load.problems == []
    assert set(server.workers()) == new
    assert server.scoreboard.header("reloads_ok") == 1
    assert server.scoreboard.header("last_reload_ok") == 0


def test_one_worker_is_restarted_with_its_replacement_first(serve):
    server = serve("hello:application", *KEEP, workers=2)
    rows = {row.pid: row.row for row in server.scoreboard.workers()}
    victim = server.workers()[0]
    with KeepAliveLoad(server) as load, server.control() as control:
        assert control.ask("restart_worker", slot=rows[victim]).ok
        answer = control.ask("restart_worker", slot=63)
        assert answer.code == "not_found"
        assert control.ask("restart_worker").code == "invalid_argument"
    assert load.problems == []
    left = set(server.wait_for_workers(2))
    assert victim not in left and len(left & set(rows)) == 1
    assert server.scoreboard.header("restarts_command") == 1


def test_a_drain_ends_the_server_when_its_requests_have_ended(serve_gates, gates):
    server = serve_gates()
    with server.client() as client, server.control() as control:
        client.request("/wait?gate=gate&id=last")
        gates.wait_for("start", "last")
        number = control.order("drain")
        wait_until(lambda: server.scoreboard.header("draining") == 1, "the drain")
        assert control.apply(workers=2).code == "failed_precondition"
        gates.open()
        assert client.response().status == 200
        assert control.wait(number).ok
    assert server.wait_for_exit() == 0


# Stacks.

SLEEPER = """
import time

def application(environ, start_response):
    deep_in_the_application(float(environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Length", "0")])
    return []

def deep_in_the_application(seconds):
    time.sleep(seconds)
"""


def functions(stacks: dict) -> set[str]:
    return {frame["function"] for thread in stacks["threads"] for frame in thread["frames"]}


def test_stacks_of_a_busy_worker_are_read(serve, write_app):
    server = serve("app:application", apps=write_app(SLEEPER))
    with server.client() as client, server.control() as control:
        client.request("/slow?5")
        row = server.scoreboard.workers()[0].row
        wait_until(lambda: server.scoreboard.thread(row, 0, "busy_since"), "the request to run")
        answer = control.ask("dump_stacks", slot=row)
        assert answer.ok, answer
        assert "deep_in_the_application" in functions(answer.result)
        assert answer.result["pid"] == server.workers()[0]
        assert control.ask("dump_stacks", slot=60).code == "not_found"
        assert control.ask("dump_stacks", slot=row, last_timeout=True).code == "not_found"
        assert control.ask("dump_stacks").code == "invalid_argument"


def test_stacks_of_a_worker_that_timed_out_are_kept(serve, write_app):
    server = serve("app:application", "--timeout", "1", apps=write_app(SLEEPER))
    row = server.scoreboard.workers()[0].row
    with server.client() as client:
        assert client.get("/slow?60").status == 502
    server.wait_for_log("WORKER TIMEOUT")
    said = server.wait_for_log("Stacks of the worker that timed out")
    assert "deep_in_the_application" in said
    server.wait_for_workers(1)
    with server.control() as control:
        answer = control.ask("dump_stacks", slot=row, last_timeout=True)
    assert "deep_in_the_application" in functions(answer.result)
    assert server.scoreboard.header("restarts_timeout") == 1


def test_a_slow_request_is_logged_once_with_its_stack(serve, write_app):
    server = serve("app:application", "--slow-request-stack", "1", apps=write_app(SLEEPER))
    with server.client() as client:
        client.request("/slow?5")
        said = server.wait_for_log("Slow request in worker")
        assert client.response().status == 200
    assert "deep_in_the_application" in said
    assert server.log.count("Slow request in worker") == 1


# What lasts.


def test_a_restarted_server_keeps_the_last_wanted_state(serve, tmp_path):
    options = ("--run-dir", str(tmp_path / "shared"))
    server = serve("hello:application", *options)
    with server.control() as control:
        assert control.apply(workers=2, threads=3).ok
    server.stop()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["live.json"]
    server = serve("hello:application", *options, workers=1, ready=False)
    server.wait_for_socket()
    server.wait_for_workers(2)
    assert pool(server) == [("gthread", 3, 3)] * 2
    assert server.scoreboard.header("live_revision") == 1
    assert "Live revision 1 stays" in server.log


def test_a_broken_record_of_the_wanted_state_does_not_stop_a_start(serve, tmp_path):
    directory = tmp_path / "shared"
    directory.mkdir()
    (directory / "live.json").write_text("{")
    server = serve("hello:application", "--run-dir", str(directory))
    assert "live.json is not what this server wrote" in server.log


def test_hup_keeps_live_values_and_forgets_signals(serve):
    server = serve("hello:application")
    server.signal(signal.SIGTTIN)
    server.wait_for_workers(2)
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.scoreboard.header("reloads_ok") == 1, "the reload")
    server.wait_for_workers(1)
    with server.control() as control:
        assert control.apply(workers=3).ok
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.scoreboard.header("reloads_ok") == 2, "the reload")
    server.wait_for_workers(3)
    assert "Live revision 1 stays" in server.log


# The live file, and who manages the server.


def replace(path, text: str) -> None:
    """As Kubernetes does: a link changes."""
    folder = path.parent / f"data-{len(os.listdir(path.parent))}"
    folder.mkdir()
    (folder / "live.yaml").write_text(text)
    link = path.parent / "next"
    link.symlink_to(folder / "live.yaml")
    link.rename(path)


def test_a_live_file_is_followed(serve, tmp_path):
    (tmp_path / "mounted").mkdir()
    path = tmp_path / "mounted" / "live.yaml"
    replace(path, "workers: 2\nliveRevision: 5\n")
    server = serve("hello:application", *KEEP, "--live-file", str(path), ready=False)
    server.wait_for_socket()
    server.wait_for_workers(2)
    assert server.scoreboard.header("live_revision") == 5
    with KeepAliveLoad(server) as load:
        replace(path, "workers: 1\nthreads: 2\nsettings:\n  max_body: 10\nliveRevision: 6\n")
        wait_until(lambda: server.scoreboard.header("live_revision") == 6, "the new revision")
        server.wait_for_workers(1)
        wait_until(lambda: pool(server) == [("gthread", 2, 2)], "two threads")
    assert load.problems == []
    assert server.get(method="POST", body=b"a" * 100).status == 413
    replace(path, "workers: none\nliveRevision: 7\n")
    server.wait_for_log('"none"')
    replace(path, "workers: 4\nliveRevision: 3\n")
    server.wait_for_log("not higher than 6")
    assert pool(server) == [("gthread", 2, 2)]


def test_a_managed_server_refuses_other_changes(serve, tmp_path):
    path = tmp_path / "live.yaml"
    path.write_text("workers: 1\n")
    server = serve("hello:application", "--live-file", str(path))
    with server.control(features=["apply"]) as control:
        assert control.hello["managed"] is True
        for op, fields in (
            ("apply", {"workers": 2}),
            ("apply", {"workers": 2, "live_revision": 100}),
            ("reload", {}),
            ("restart_worker", {"slot": 0}),
            ("drain", {}),
        ):
            answer = control.ask(op, **fields)
            assert answer.code == "failed_precondition", (op, answer)
            assert str(path) in answer.message
        server.signal(signal.SIGTTIN)
        server.wait_for_log("Refused: this server is managed by")
        assert control.apply(workers=2, override_for="night shift").ok
    assert len(server.wait_for_workers(2)) == 2


def test_an_operators_revision_makes_the_server_managed(serve):
    server = serve("hello:application")
    with server.control() as local, server.control(features=["operator"]) as operator:
        assert operator.hello["managed"] is False
        assert operator.apply(workers=2, live_revision=40).ok
        answer = local.apply(workers=3)
        assert answer.code == "failed_precondition" and "operator" in answer.message
        assert operator.apply(workers=1).live_revision == 41


# Peers that behave badly.


def test_texts_that_are_no_orders_end_only_their_connection(serve):
    server = serve("hello:application")
    for text in (b"", b"{", b"[]", b'{"op": 3}', b"\xff\xfe"):
        with server.control() as control:
            control.socket.send(text or b" ")
            with pytest.raises((EOFError, ConnectionResetError)):
                control.receive()
    with server.control() as control:
        assert control.ask("nonsense").code == "invalid_argument"
        assert control.apply(workers=2).ok


def test_a_peer_that_does_not_read_holds_up_nobody(serve):
    server = serve("hello:application")
    with server.control() as deaf, server.control() as other:
        deaf.socket.setblocking(False)
        sent = 0
        try:
            for sent in range(100_000):
                deaf.socket.send(json.dumps({"op": "get_config", "id": sent}).encode())
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        assert sent > 10
        assert other.apply(workers=2).ok
        assert server.get().status == 200


def test_more_connections_than_allowed_are_refused(serve):
    server = serve("hello:application")
    held = [server.control(features=[]) for _ in range(32)]
    with server.control() as one_more, pytest.raises((EOFError, ConnectionResetError)):
        one_more.receive()
    held.pop().socket.close()
    wait_until(lambda: can_connect(server), "a free place")
    for connection in held:
        connection.socket.close()


def can_connect(server) -> bool:
    try:
        with server.control(features=[]) as control:
            return control.hello is not None
    except (EOFError, OSError):
        return False


def test_changes_survive_the_death_of_the_router(serve):
    server = serve("hello:application", *KEEP, *GTHREAD, workers=2)
    with server.control() as control:
        assert control.apply(threads=6).ok
        old = server.router
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: server.find_router() not in (None, old), "a new router")
        assert control.apply(threads=3).ok
    assert pool(server) == [("gthread", 3, 3)] * 2
    assert all(server.get().status == 200 for _ in range(20))


def test_a_worker_that_dies_during_a_change_is_replaced(serve):
    server = serve("hello:application", workers=3)
    killer = threading.Thread(target=os.kill, args=(server.workers()[0], signal.SIGKILL))
    with server.control() as control:
        number = control.order("apply", worker_class="gthread", threads=2)
        killer.start()
        assert control.wait(number).ok
    killer.join()
    assert pool(server) == [("gthread", 2, 2)] * 3
    assert stays_true(lambda: server.process.poll() is None, 0.2)


def test_results_come_as_a_file(serve):
    server = serve("hello:application")
    with server.control() as control:
        control.order("get_config")
        message, descriptors = control.receive()
        assert message["op"] == "done" and len(descriptors) == 1
        assert control_messages.read_result(descriptors)["settings"]
