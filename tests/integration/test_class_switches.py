# SPDX-License-Identifier: Apache-2.0
"""A running server changes from each worker class to each other, whatever application they run."""

import contextlib
import importlib.util
import itertools
import json
import os
import signal

import pytest
from harness.classes import SWITCHED, walk
from harness.client import Ended
from harness.load import KeepAliveLoad
from harness.server import APPS
from harness.waiting import wait_until
from test_live_changes import replace

ASGI_APPS = APPS.parent / "asgi"
KEEP = ("--keep-alive", "60")
BOTH = ("--asgi-app", "both:asgi")
CLASSES = [c for c in SWITCHED if c.module is None or importlib.util.find_spec(c.module)]
STREAMING = [c.name for c in CLASSES if c.streams]


@pytest.fixture
def serve_both(serve, gates):
    """A server with the application both, for either protocol."""

    def start(*arguments, **options):
        own = {"apps": ASGI_APPS, "variables": gates.variables} | options
        found = ("--pythonpath", f"{APPS},{ASGI_APPS}")
        return serve("both:wsgi", *found, *BOTH, *KEEP, *arguments, **own)

    return start


def apply(server, **change):
    with server.control() as control:
        return control.apply(**change)


def classes(server) -> list[str]:
    return [row.worker_class for row in server.scoreboard.workers() if row.state == "ready"]


def page(server) -> tuple[str, int, int]:
    return tuple(json.loads(server.get().body))


# Switches.


def test_the_walk_goes_from_each_class_to_each_other_once():
    steps = list(itertools.pairwise(walk(CLASSES)))
    assert len(steps) == len(set(steps)) == len(CLASSES) * (len(CLASSES) - 1)


def test_each_class_follows_each_other_under_load(serve_both):
    path = walk(CLASSES)
    server = serve_both(workers=2, worker_class=path[0].name)
    with KeepAliveLoad(server) as load:
        for before, after in itertools.pairwise(path):
            pids = set(server.workers())
            answer = apply(server, **after.to())
            load.wait_for_more()
            assert answer.ok, (before.name, after.name, answer)
            assert after.name in answer.message
            assert classes(server) == [after.name] * 2
            assert server.scoreboard.worker_class() == after.name
            assert not pids & set(server.workers())
            protocol, pid, opened_by = page(server)
            assert (protocol, opened_by) == (after.protocol, pid)
    assert load.problems == []
    assert len(server.templates()) == 1
    row = server.scoreboard.router
    wait_until(lambda: row("requests") == sum(load.answers) + len(path) - 1, "every request counted")
    assert server.scoreboard.header("reloads_ok") == 0


def test_class_workers_and_settings_change_together(serve_both):
    server = serve_both(workers=1)
    with KeepAliveLoad(server) as load:
        answer = apply(server, worker_class="asgi", workers=3, settings={"timeout": "77"})
        load.wait_for_more()
        assert answer.ok, answer
        assert classes(server) == ["asgi"] * 3
        events = [event["message"] for event in answer.events]
        assert "loading the application for asgi" in events[0]
        assert apply(server, worker_class="gthread", threads=5, workers=2).ok
        assert [row.threads for row in server.scoreboard.workers() if row.state == "ready"] == [5, 5]
    assert load.problems == []


def test_the_class_stays_after_reload_death_of_the_template_and_restart(serve_both, tmp_path):
    options = ("--run-dir", str(tmp_path / "shared"))
    server = serve_both(*options)
    assert apply(server, worker_class="asgi").ok
    with server.control() as control:
        assert control.ask("reload").ok
    assert classes(server) == ["asgi"]
    template, worker = server.template, server.workers()[0]
    os.kill(template, signal.SIGKILL)
    wait_until(lambda: server.templates() not in ([], [template]), "another template")
    os.kill(worker, signal.SIGKILL)
    assert server.wait_for_other_workers(1, {worker})
    assert classes(server) == ["asgi"]
    assert page(server)[0] == "asgi"
    server.stop()
    again = serve_both(*options)
    assert classes(again) == ["asgi"]
    assert page(again)[0] == "asgi"


def test_the_live_file_changes_the_class(serve_both, tmp_path):
    file = tmp_path / "mounted" / "live.yaml"
    file.parent.mkdir()
    replace(file, "worker_class: asgi\nliveRevision: 1\n")
    server = serve_both("--live-file", str(file))
    assert (classes(server), page(server)[0]) == (["asgi"], "asgi")
    replace(file, "worker_class: gthread\nthreads: 2\nworkers: 2\nliveRevision: 2\n")
    wait_until(lambda: classes(server) == ["gthread"] * 2, "the file's class")
    assert page(server)[0] == "wsgi"
    wait_until(lambda: server.scoreboard.header("live_state") == 0, "the end of the change")


def test_a_reload_meanwhile_loads_the_wanted_class(serve_both, gates, write_app):
    folder = write_app(SLOW_ASGI)
    server = serve_both("--asgi-app", "app:asgi", apps=folder)
    with server.control() as control:
        number = control.order("apply", worker_class="asgi")
        gates.wait_for("import")
        server.signal(signal.SIGHUP)
        gates.wait_for("import", times=2)
        gates.open()
        answer = control.wait(number)
    assert answer.ok, answer
    assert classes(server) == ["asgi"]
    assert server.scoreboard.header("reloads_ok") == 1


# Roll-backs.

SLOW_ASGI = """
import time
from both import asgi, wsgi
from views import FOLDER, note
note("import")
while not (FOLDER / "gate").exists():
    time.sleep(0.005)
"""


@pytest.mark.parametrize(
    ("asgi_app", "words"),
    [
        ("not_there:asgi", "not_there"),
        ("lives:startup_raises", "the database is away"),
        ("lives:startup_fails", "the database is away"),
    ],
)
def test_a_class_that_does_not_come_up_is_rolled_back_with_the_reason(serve_both, asgi_app, words):
    server = serve_both("--asgi-app", asgi_app, "--asgi-lifespan", "on", workers=2)
    pids, template = set(server.workers()), server.template
    with KeepAliveLoad(server) as load:
        answer = apply(server, worker_class="asgi", workers=3)
        load.wait_for_more()
    assert (answer.ok, answer.code) == (False, "aborted")
    assert answer.message.startswith("rolled back: ") and words in answer.message
    assert load.problems == []
    assert set(server.wait_for_workers(2)) == pids
    wait_until(lambda: server.templates() == [template], "the old template alone")
    assert server.scoreboard.worker_class() == "sync"
    assert server.scoreboard.header("live_revision") == 0
    assert apply(server, workers=1).ok


def test_a_class_that_takes_too_long_is_rolled_back(serve_both, gates, write_app):
    server = serve_both("--asgi-app", "app:asgi", apps=write_app(SLOW_ASGI))
    pids = server.workers()
    answer = apply(server, worker_class="asgi", converge_within=1)
    assert (answer.code, "took too long" in answer.message) == ("aborted", True)
    gates.open()  # it would be killed, but that takes longer
    wait_until(lambda: len(server.templates()) == 1, "the other template to leave")
    assert server.workers() == pids
    assert page(server)[0] == "wsgi"


def test_what_fails_after_the_first_worker_is_switched_back(serve_both, write_app):
    folder = write_app(ONE_WORKER_ONLY)
    server = serve_both("--asgi-app", "app:asgi", "--preload=off", workers=2, apps=folder)
    with KeepAliveLoad(server) as load:
        answer = apply(server, worker_class="asgi")
        assert answer.code == "aborted", answer
        assert "FileExistsError" in answer.message
        wait_until(lambda: classes(server) == ["sync"] * 2, "the old class again")
        load.wait_for_more()
    assert load.problems == []
    wait_until(lambda: len(server.templates()) == 1, "one template")


ONE_WORKER_ONLY = """
import os
from both import asgi, wsgi
from views import FOLDER
os.close(os.open(FOLDER / "taken", os.O_CREAT | os.O_EXCL))
"""


@pytest.mark.parametrize(
    ("worker_class", "arguments", "wanted", "words"),
    [
        ("sync", (), "asgi", ("both:wsgi is configured for sync", "set asgi_app")),
        ("asgi", ("both:asgi",), "gthread", ("both:asgi is configured for asgi", "wsgi_app")),
    ],
)
def test_a_class_without_an_application_is_refused(
    serve, gates, worker_class, arguments, wanted, words
):
    application = arguments[0] if arguments else "both:wsgi"
    server = serve(
        application, worker_class=worker_class, apps=ASGI_APPS, variables=gates.variables
    )
    answer = apply(server, worker_class=wanted)
    assert (answer.ok, answer.code) == (False, "invalid_argument")
    assert all(word in answer.message for word in words), answer.message
    assert classes(server) == [worker_class]


# Streams.


def open_stream(server, path: str):
    """A client that has got the first pieces of a stream, its head and the rest of its pieces."""
    client = server.client()
    client.request(path)
    head = client.final_head()
    pieces = client.pieces(head)
    return client, [next(pieces)], pieces


def replaced_by_switch(server, now: str):
    other = next(c for c in CLASSES if c.name != now)
    assert apply(server, **other.to()).ok


def replaced_by_reload(server, now: str):
    with server.control() as control:
        assert control.ask("reload").ok


@pytest.mark.parametrize("leave", [replaced_by_switch, replaced_by_reload])
@pytest.mark.parametrize("name", STREAMING)
def test_an_event_stream_ends_whole_when_its_worker_leaves(serve_both, gates, name, leave):
    server = serve_both("--graceful-timeout", "20", worker_class=name)
    client, begun, pieces = open_stream(server, "/events")
    with client:
        leave(server, name)
        body = b"".join(begun + list(pieces))
        assert body.endswith(b"\n\n")
        numbers = [int(event.removeprefix(b"data: ")) for event in body.split(b"\n\n")[:-1]]
        assert numbers == list(range(len(numbers)))
        assert client.get().status == 200
    gates.wait_for("closed", "/events")
    assert "did not leave in time" not in server.log


@pytest.mark.parametrize("name", STREAMING)
def test_what_is_not_whole_when_the_time_is_over_is_cut_but_for_whole_events(serve_both, name):
    """/stuck: its application hears nothing, and is killed with its worker."""
    server = serve_both("--graceful-timeout", "1", workers=3, worker_class=name)
    stuck, begun, rest = open_stream(server, "/stuck")
    with stuck, contextlib.ExitStack() as others:
        unfinished = [open_stream(server, path) for path in ("/numbers", "/cut")]
        for client, _, _ in unfinished:
            others.enter_context(client)
        replaced_by_switch(server, name)
        assert b"".join(begun + list(rest)) == b"data: 0\n\n"
        assert stuck.get().status == 200
        for _, _, pieces in unfinished:
            with pytest.raises(Ended):
                list(pieces)
    server.wait_for_workers(3)


def test_an_event_stream_of_a_worker_that_dies_is_cut(serve_both):
    server = serve_both(worker_class="gthread")
    client, _, pieces = open_stream(server, "/events")
    with client:
        os.kill(server.workers()[0], signal.SIGKILL)
        with pytest.raises(Ended):
            list(pieces)
    server.wait_for_workers(1)


@pytest.mark.parametrize("name", STREAMING)
def test_an_event_stream_ends_whole_when_the_server_ends(serve_both, name):
    server = serve_both("--graceful-timeout", "20", worker_class=name)
    client, begun, pieces = open_stream(server, "/events")
    with client:
        server.signal(signal.SIGTERM)
        assert b"".join(begun + list(pieces)).endswith(b"\n\n")
        assert client.ended()
    assert server.wait_for_exit() == 0
