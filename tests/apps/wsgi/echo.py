# SPDX-License-Identifier: Apache-2.0
"""Answers with what it was sent, so that a test can compare.

/body returns the body's bytes; /digest a JSON object with length and sha256, read block by block;
/lines a JSON list of the body's lines; any other path a JSON object with the method, the
environ's strings and what kind of object each other value is.
"""

import hashlib
import json

BLOCK = 64 * 1024


def answer_json(start_response, value):
    body = json.dumps(value, sort_keys=True).encode() + b"\n"
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def body(environ, start_response):
    content = environ["wsgi.input"].read()
    start_response(
        "200 OK",
        [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(content)))],
    )
    return [content]


def digest(environ, start_response):
    length, sha256 = 0, hashlib.sha256()
    while block := environ["wsgi.input"].read(BLOCK):
        length += len(block)
        sha256.update(block)
    return answer_json(
        start_response,
        {
            "length": length,
            "sha256": sha256.hexdigest(),
            "content_length": environ.get("CONTENT_LENGTH"),
        },
    )


def lines(environ, start_response):
    return answer_json(start_response, [line.decode("latin-1") for line in environ["wsgi.input"]])


def shown(value):
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    return f"<{type(value).__name__}>"


def describe(environ, start_response):
    return answer_json(
        start_response,
        {
            "method": environ["REQUEST_METHOD"],
            "environ": {name: shown(value) for name, value in environ.items()},
        },
    )


def application(environ, start_response):
    views = {"/body": body, "/digest": digest, "/lines": lines}
    return views.get(environ["PATH_INFO"], describe)(environ, start_response)
