# SPDX-License-Identifier: Apache-2.0
"""The site of django_app, and WebSockets by Channels."""

import django_app
from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path
from parts import note, pick


class Chat(AsyncWebsocketConsumer):
    async def connect(self):
        self.name = self.scope["url_route"]["kwargs"]["name"]
        await self.accept(pick(self.scope["subprotocols"]))

    async def receive(self, text_data=None, bytes_data=None):
        if text_data == "fail":
            raise RuntimeError("as told")
        if text_data == "leave":
            await self.close(4000)
        elif text_data is not None:
            await self.send(f"{self.name}: {text_data}")
        else:
            await self.send(bytes_data=bytes_data[::-1])

    async def disconnect(self, code):
        note("left", self.name)


class Members(WebsocketConsumer):
    # Not a coroutine: Channels runs it in a thread.
    def connect(self):
        raise DenyConnection


class Room(AsyncWebsocketConsumer):
    """What one says is heard by all, through the channel layer."""

    groups = ("room",)

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send("room", {"type": "said", "text": text_data})

    async def said(self, event):
        await self.send(event["text"])


application = ProtocolTypeRouter(
    {
        "http": django_app.application,
        "websocket": URLRouter(
            [
                path("chat/<name>", Chat.as_asgi()),
                path("members", Members.as_asgi()),
                path("room", Room.as_asgi()),
            ]
        ),
    }
)
