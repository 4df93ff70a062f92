# SPDX-License-Identifier: Apache-2.0
"""The smallest ASGI application."""

HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"14")],
}
BODY = {"type": "http.response.body", "body": b"Hello, world!\n"}


async def application(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send(HEAD)
    await send(BODY)
