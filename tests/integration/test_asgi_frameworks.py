# SPDX-License-Identifier: Apache-2.0
"""ASGI frameworks run unmodified: the same site in each (tests/apps/asgi/frameworks/)."""

import json
import signal
import zlib

import pytest
from harness.client import Ended
from harness.server import APPS

FOLDER = APPS.parent / "asgi" / "frameworks"
# Django has no lifespan, BlackSheep nothing for work after the response.
WITH_BACKGROUND = ("starlette", "fastapi", "litestar", "quart", "sanic")
WITH_LIFESPAN = (*WITH_BACKGROUND, "blacksheep")
FRAMEWORKS = (*WITH_LIFESPAN, "django", "channels")
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
MULTIPART = (("Content-Type", "multipart/form-data; boundary=limit"),)
UPLOADED = bytes(range(256)) * (3 << 12)
UPLOAD = (
    b'--limit\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + UPLOADED + b"\r\n--limit--\r\n"
)
QUESTIONS = (("Cookie", "other=no; seen=yes"), ("X-Question", "6 * 7"))


def ask_everything(client):
    assert client.get("/hello/w%C3%B6rld").text == "Hello, w\u00f6rld!"
    assert client.get("/hello/x", method="HEAD").body == b""
    answer = client.get("/json", method="POST", headers=JSON, body=b'{"numbers": [1, 2, 3]}')
    assert json.loads(answer.body) == {"sum": 6}
    form = client.get("/form", method="POST", headers=FORM, body=b"name=Ada+L&age=36")
    assert form.text == "Ada L is 36"
    upload = client.get("/upload", method="POST", headers=MULTIPART, body=UPLOAD)
    file = {"name": "large.bin", "size": len(UPLOADED), "crc": zlib.crc32(UPLOADED)}
    assert json.loads(upload.body) == file
    stream = client.get("/stream/items")
    assert stream.text == "".join(f"item {number}\n" for number in range(5))
    assert client.get("/file").body == (FOLDER / "parts.py").read_bytes()
    answer = client.get("/cookies", headers=QUESTIONS)
    assert (answer.text, answer.header("X-Answer")) == ("yes", "6 * 7")
    assert [cookie.split(";")[0] for cookie in answer.all("set-cookie")] == ["a=1", "b=2"]
    assert client.get("/missing").status == 404


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_runs_unmodified(serve_framework, loop, framework):
    server = serve_framework(framework, "--asgi-loop", loop)
    with server.client() as client:
        ask_everything(client)
    server.stop()
    assert "[ERROR]" not in server.log


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_finds_its_paths_below_a_root_path(serve_framework, framework):
    server = serve_framework(framework, "--root-path", "/mounted")
    assert server.get("/hello/w%C3%B6rld").text == "Hello, w\u00f6rld!"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_error_is_a_500_or_cuts_the_stream(serve_framework, framework):
    server = serve_framework(framework)
    with server.client() as client:
        answer = client.get("/error")
        assert (answer.status, "as told" in answer.text) == (500, False)
        assert client.get("/hello/x").text == "Hello, x!"
        with pytest.raises((Ended, ConnectionResetError)):
            client.get("/stream/broken")
    assert server.get("/hello/x").text == "Hello, x!"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_stream_is_closed_when_its_client_leaves(serve_framework, gates, framework):
    server = serve_framework(framework)
    with server.client() as client:
        client.request("/stream/endless")
        assert client.head().status == 200
    gates.wait_for("closed")
    assert server.get("/hello/x").text == "Hello, x!"
    server.stop()
    assert "[ERROR]" not in server.log


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_events_end_whole_when_the_server_stops(serve_framework, gates, framework):
    server = serve_framework(framework)
    with server.client() as client:
        client.request("/events")
        head = client.head()
        assert head.header("content-type").startswith("text/event-stream")
        pieces = client.pieces(head)
        received = next(pieces)
        server.signal(signal.SIGTERM)
        received += b"".join(pieces)
    assert set(received.split()) == {b"data:", b"again"}
    assert received.endswith((b"\n\n", b"\r\n\r\n"))
    gates.wait_for("closed")
    assert server.wait_for_exit() == 0
    assert "[ERROR]" not in server.log


@pytest.mark.parametrize("framework", WITH_LIFESPAN)
def test_a_frameworks_lifespan_brings_state(serve_framework, gates, framework):
    server = serve_framework(framework)
    assert gates.count("startup")["-"] == 1
    assert server.get("/state").text == "yes"
    old = set(server.workers())
    server.signal(signal.SIGHUP)
    server.wait_for_other_workers(1, old)
    assert server.get("/state").text == "yes"
    server.stop()
    assert gates.count("startup")["-"] == gates.count("shutdown")["-"] == 2


@pytest.mark.parametrize("framework", WITH_BACKGROUND)
def test_a_framework_works_on_when_the_response_is_out(serve_framework, gates, framework):
    server = serve_framework(framework)
    assert server.get("/background").text == "soon"
    assert gates.count("worked")["-"] == 0
    assert server.get("/hello/x").text == "Hello, x!"
    gates.open()
    gates.wait_for("worked")
