# SPDX-License-Identifier: Apache-2.0
"""The lifespan of ASGI applications (asgi.readthedocs.io, "Lifespan Protocol" 2.0)."""

import signal

import pytest
from harness.waiting import stays_true, wait_until


@pytest.fixture
def lives(serve_asgi):
    def start(name, *arguments, **options):
        return serve_asgi(f"lives:{name}", *arguments, **options)

    return start


def test_startup_comes_before_ready_and_shutdown_after_the_last_request(lives, gates):
    """Startup - receive event, Shutdown - receive event."""
    server = lives("complete")
    assert gates.count("startup")["-"] == 1
    assert server.get().text == "hello []"
    server.stop()
    assert [event for event, _, _ in gates.journal()] == ["startup", "shutdown", "end"]


def test_each_worker_has_a_lifespan_of_its_own(lives, gates):
    """Scope: each event loop gets its own."""
    lives("complete", workers=3).stop()
    pids = [pid for event, _, pid in gates.journal() if event == "startup"]
    assert len(set(pids)) == 3
    assert gates.count("end")["-"] == 3


def test_no_request_comes_before_the_startup_is_complete(lives, gates):
    """Startup Complete - send event: wait for it before processing connections."""
    server = lives("slow_start", ready=False)
    gates.wait_for("startup")
    assert stays_true(lambda: not server.workers(), 0.3)
    gates.open()
    server.wait_ready(1)
    assert server.get().status == 200


def test_requests_get_a_shallow_copy_of_the_state(lives):
    """Lifespan State."""
    server = lives("complete")
    with server.client() as client:
        assert client.get("/set").text == "hello []"
        assert client.get("/append").text == "hello [1]"
        assert client.get("/").text == "hello [1]"


@pytest.mark.parametrize("name", ["startup_fails", "startup_raises"])
def test_a_failed_startup_ends_the_start(lives, name):
    """Startup Failed - send event: exit with an error."""
    server = lives(name, ready=False)
    assert server.wait_for_exit() == 3
    assert "the database is away" in server.log
    assert ("Traceback" in server.log) == (name == "startup_raises")


@pytest.mark.parametrize("name", ["unsupported", "ignores_the_type", "returns"])
def test_an_application_without_a_lifespan_is_served_without_one(lives, name):
    """Scope: if the application raises, continue without lifespan events."""
    server = lives(name)
    assert server.get().status == 200
    server.stop()
    assert "Traceback" not in server.log.split("Error handling request")[0]


@pytest.mark.parametrize("name", ["unsupported", "returns"])
def test_a_lifespan_that_is_demanded_must_be_there(lives, name):
    """The setting asgi_lifespan."""
    server = lives(name, "--asgi-lifespan", "on", ready=False)
    assert server.wait_for_exit() == 3


def test_a_lifespan_that_is_not_wanted_is_not_run(lives, gates):
    """The setting asgi_lifespan."""
    server = lives("complete", "--asgi-lifespan", "off")
    assert server.get().text == "none None"
    server.stop()
    assert gates.journal() == []


@pytest.mark.parametrize("name", ["shutdown_fails", "shutdown_raises"])
def test_a_failed_shutdown_is_logged(lives, name):
    """Shutdown Failed - send event."""
    server = lives(name)
    server.stop()
    assert "something was left open" in server.log


def test_a_message_of_the_other_phase_raises_in_the_application(lives, gates):
    """Error Handling (ASGI specification)."""
    server = lives("completes_twice")
    server.stop()
    assert gates.count("refused")["-"] == 1


def test_a_shutdown_that_hangs_ends_with_graceful_timeout(lives, gates):
    """Shutdown - receive event: the server may give up waiting."""
    server = lives("shutdown_hangs", "--graceful-timeout", "1")
    server.signal(signal.SIGTERM)
    gates.wait_for("shutdown")
    assert server.wait_for_exit() == 0
    assert "did not leave in time" in server.log


def test_a_startup_that_hangs_ends_with_boot_timeout(lives, gates):
    """The setting boot_timeout covers the startup."""
    server = lives("slow_start", "--boot-timeout", "1", ready=False)
    gates.wait_for("startup")
    server.wait_for_log("was not ready within boot_timeout")
    server.signal(signal.SIGTERM)
    server.wait_for_exit()


def test_a_reload_starts_anew_before_it_shuts_down(lives, gates):
    """Each worker's lifespan is its own: no request is between two."""
    server = lives("complete")
    server.signal(signal.SIGHUP)
    gates.wait_for("end")
    wait_until(lambda: gates.count("startup")["-"] == 2, "the new worker's startup")
    order = [event for event, _, _ in gates.journal()]
    assert order[:3] == ["startup", "startup", "shutdown"]
    assert server.get().text == "hello []"


def test_a_reload_whose_startup_fails_leaves_the_old_application(serve_asgi, gates, write_app):
    """Startup Failed - send event: the new workers end, the old ones serve on."""
    text = """
async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        return await send({{"type": "lifespan.startup.{}", "message": "not today"}})
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"old"}})
"""
    server = serve_asgi("app:application", apps=write_app(text.format("complete")))
    write_app(text.format("failed"))
    server.signal(signal.SIGHUP)
    server.wait_for_log("Reload failed")
    assert "not today" in server.log
    assert server.get().text == "old"
