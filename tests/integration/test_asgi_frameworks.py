# SPDX-License-Identifier: Apache-2.0
"""ASGI frameworks run unmodified."""

import json

import pytest

FRAMEWORKS = {"starlette": "starlette", "fastapi": "fastapi", "django": "django"}
JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_runs_unmodified(serve_asgi, apps, framework):
    pytest.importorskip(FRAMEWORKS[framework])
    folder = apps.parent / "asgi" / "frameworks"
    server = serve_asgi(f"{framework}_app:application", apps=folder)
    with server.client() as client:
        assert client.get("/hello/w%C3%B6rld").text == "Hello, w\u00f6rld!"
        answer = client.get("/json", method="POST", headers=JSON, body=b'{"numbers": [1, 2, 3]}')
        assert json.loads(answer.body) == {"sum": 6}
        stream = client.get("/stream")
        assert stream.text == "".join(f"item {number}\n" for number in range(5))
        assert client.get("/missing").status == 404
        assert client.get("/hello/x", method="HEAD").body == b""
    server.stop()
    assert "Error handling request" not in server.log
