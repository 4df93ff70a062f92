# SPDX-License-Identifier: Apache-2.0
"""A tornado.web.Application with a handler for each thing that the tests look at. What no client can
see is a line "EVENT ID PID" of the journal in the folder $GATES; a handler that waits does so until
the test makes the file of that name there."""

import asyncio
import json
import logging
import os
from pathlib import Path

from tornado.iostream import StreamClosedError
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler, stream_request_body
from tornado.websocket import WebSocketHandler

FOLDER = Path(os.environ.get("GATES", "."))
BLOCK = bytes(range(256)) * 256

if os.environ.get("LOG_ALL"):
    logging.basicConfig(level=logging.INFO)


def note(event, name="-"):
    line = f"{event} {name} {os.getpid()}\n".encode()
    journal = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, line)
    os.close(journal)


async def gate(name="gate"):
    while not (FOLDER / name).exists():
        await asyncio.sleep(0.005)


class Index(RequestHandler):
    def get(self):
        self.write(f"{os.getpid()}")


class Request(RequestHandler):
    """What HTTPServerRequest says."""

    def get(self):
        request = self.request
        names = ("method", "uri", "path", "query", "version", "remote_ip", "protocol", "host")
        said = {name: getattr(request, name) for name in names}
        said["headers"] = sorted(request.headers.get_all())
        said["arguments"] = {name: self.get_arguments(name) for name in request.arguments}
        self.write(said)


class Nap(RequestHandler):
    async def get(self):
        await asyncio.sleep(float(self.get_argument("seconds")))
        self.write("awake")


class Form(RequestHandler):
    def post(self):
        said = {name: self.get_body_arguments(name) for name in self.request.body_arguments}
        files = [
            {"field": field, "name": file.filename, "type": file.content_type, "size": len(file.body)}
            for field, given in self.request.files.items()
            for file in given
        ]
        self.write({"arguments": said, "files": files})

    async def put(self):
        self.write({"body": len(self.request.body), "json": json.loads(self.request.body)})


@stream_request_body
class Upload(RequestHandler):
    async def prepare(self):
        self.size = self.pieces = 0
        limit = self.get_argument("limit", None)
        if limit:
            self.request.connection.set_max_body_size(int(limit))
        if self.get_argument("refuse", None):
            raise HTTPError(403)

    async def data_received(self, chunk):
        self.size += len(chunk)
        self.pieces += 1
        note("piece")
        if self.pieces % 50 == 0:
            await asyncio.sleep(0.001)

    def on_connection_close(self):
        note("upload-left")

    def post(self):
        self.write({"size": self.size, "pieces": self.pieces})


class Blocks(RequestHandler):
    """As many blocks as asked for, each flushed before the next is made."""

    async def get(self):
        for number in range(int(self.get_argument("count"))):
            self.write(BLOCK)
            await self.flush()
            if number == 0:
                note("first")
        note("written")


class Wait(RequestHandler):
    def on_connection_close(self):
        note("closed")
        self.left = True

    async def get(self):
        self.left = False
        note("start")
        while not (self.left or (FOLDER / "gate").exists()):
            await asyncio.sleep(0.005)
        self.write(f"{os.getpid()}")

    def on_finish(self):
        note("finished")


class Endless(RequestHandler):
    async def get(self):
        try:
            while True:
                self.write("data: 1\n\n")
                await self.flush()
                await asyncio.sleep(0.005)
        except StreamClosedError:
            note("stream-closed")


class Statuses(RequestHandler):
    def get(self, code):
        self.set_status(int(code))

    head = get


class Headers(RequestHandler):
    def get(self):
        self.set_cookie("a", "1")
        self.set_cookie("b", "2")
        self.set_header("X-Raw", "\u00e9")
        self.write("cookies")

    def head(self):
        self.set_header("Content-Length", "7")


class Redirect(RequestHandler):
    def get(self):
        self.redirect("/request?from=redirect")


class Failure(RequestHandler):
    async def get(self, kind):
        if kind == "late":
            self.write("some")
            await self.flush()
        if kind == "http":
            raise HTTPError(418, reason="I am a Teapot")
        raise ValueError("this handler always fails")


class Short(RequestHandler):
    def get(self):
        self.set_header("Content-Length", "100")
        self.write("short")


class Token(RequestHandler):
    def get(self):
        self.write(self.xsrf_token)

    def post(self):
        self.write("accepted")


class Echo(WebSocketHandler):
    def check_origin(self, origin):
        return True

    def select_subprotocol(self, subprotocols):
        return "second" if "second" in subprotocols else None

    def get_compression_options(self):
        return {} if self.get_argument("compress", None) else None

    async def open(self):
        note("open")

    async def on_message(self, message):
        if message == "close":
            return self.close(4001, "as asked")
        if message == "fail":
            raise ValueError("this socket fails")
        await self.write_message(message, binary=isinstance(message, bytes))

    def on_pong(self, data):
        note("pong", data.decode())

    def on_close(self):
        note("ws-closed", f"{self.close_code}")


class Flood(WebSocketHandler):
    """As many large messages as asked for, each awaited."""

    async def open(self):
        for number in range(int(self.get_argument("count"))):
            await self.write_message(BLOCK, binary=True)
        note("flooded")
        self.close(1000)


application = Application(
    [
        ("/", Index),
        ("/request", Request),
        ("/nap", Nap),
        ("/form", Form),
        ("/upload", Upload),
        ("/blocks", Blocks),
        ("/wait", Wait),
        ("/endless", Endless),
        ("/status/([0-9]+)", Statuses),
        ("/headers", Headers),
        ("/redirect", Redirect),
        ("/fail/(.*)", Failure),
        ("/short", Short),
        ("/echo", Echo),
        ("/flood", Flood),
        ("/static/(.*)", StaticFileHandler, {"path": str(Path(__file__).parent / "static")}),
    ],
    websocket_max_message_size=32 << 20,
)

guarded = Application([("/token", Token)], xsrf_cookies=True)
