# SPDX-License-Identifier: Apache-2.0
"""Frameworks run unmodified."""

import json

import pytest

FRAMEWORKS = {
    "flask": "flask",
    "django": "django",
    "falcon": "falcon",
    "bottle": "bottle",
    "pyramid": "pyramid",
}
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_runs_unmodified(serve, wsgi_class, apps, framework):
    pytest.importorskip(FRAMEWORKS[framework])
    server = serve(
        f"{framework}_app:application", worker_class=wsgi_class, apps=apps / "frameworks"
    )
    with server.client() as client:
        assert client.get("/hello/w%C3%B6rld").text == "Hello, w\u00f6rld!"
        answer = client.get("/json", method="POST", headers=JSON, body=b'{"numbers": [1, 2, 3]}')
        assert json.loads(answer.body) == {"sum": 6}
        form = client.get("/form", method="POST", headers=FORM, body=b"name=Ada+L&age=36")
        assert form.text == "Ada L is 36"
        stream = client.get("/stream")
        assert stream.text == "".join(f"item {number}\n" for number in range(5))
        assert client.get("/missing").status == 404
        assert client.get("/hello/x", method="HEAD").body == b""
    server.stop()
    assert "Error handling request" not in server.log
