# SPDX-License-Identifier: Apache-2.0
"""Sends every WebSocket message back; a plain request learns that the server is up."""

from asgi_hello import application as hello


async def application(scope, receive, send):
    if scope["type"] != "websocket":
        return await hello(scope, receive, send)
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})
