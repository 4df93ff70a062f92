# SPDX-License-Identifier: Apache-2.0
"""Between an exchange of the channel, which the ASGI part of the server runs, and the interface of
Tornado's HTTP servers (tornado.httputil: HTTPServerConnectionDelegate, HTTPMessageDelegate and
HTTPConnection)."""

import asyncio
import inspect
import logging
import os
import socket
import warnings
from collections import deque

from monoceros import _application
from monoceros._application import ApplicationError
from monoceros._asgi import Lifespan, close, waiter  # noqa: F401
from monoceros._asgi import make_loop as make_new_loop

try:
    from tornado import httputil, log
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.iostream import IOStream, StreamClosedError
    from tornado.websocket import WebSocketHandler
    from tornado.wsgi import WSGIContainer
except ImportError as error:
    raise ApplicationError(
        f"the worker class tornado needs Tornado 6 in the application's environment: {error};"
        " install it there, as by 'pip install tornado'"
    ) from None

RELAY_BYTES = 64 * 1024
SERVICE_RESTART = 1012  # RFC 6455, registry of close codes


def make_loop(kind):
    """The event loop of the worker: that of the IOLoop which the application took when this process
    imported it, else a new one as in _asgi."""
    return loop_of_import() or make_new_loop(kind)


def loop_of_import():
    if _application.loaded_in != os.getpid():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there may be none yet
        current = IOLoop.current(instance=False)
    if current is None or current.asyncio_loop.is_closed():
        return None
    return current.asyncio_loop


def adapt(application):
    """An Adapter for what the application is: Tornado's own, or WSGI."""
    if is_asgi(application):
        raise ApplicationError(
            f"the application {application!r} is an ASGI application; the worker class tornado runs"
            " a tornado.web.Application or a WSGI callable; use --worker-class asgi"
        )
    if type(application) is WSGIContainer:
        application = Container(application.wsgi_application, application.executor)
    elif not _application.is_tornado(application):
        application = Container(application)
    # It listens nowhere: it is what knows how to call both kinds.
    return Adapter(HTTPServer(application))


def is_asgi(application):
    call = getattr(application, "__call__", None)
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(call)


class Container(WSGIContainer):
    """Runs a WSGI application in the loop's thread, or in those of `executor`. What it raises ends the
    exchange, which would wait forever in Tornado's own."""

    def __init__(self, application, *executor):
        super().__init__(trimmed(application), *executor)

    def __call__(self, request):
        task = asyncio.ensure_future(self.handle_request(request))
        task.add_done_callback(request.connection.fail_by)


def trimmed(application):
    """The WSGI application without the blanks that surround values of its header fields: they are no
    part of these (RFC 9110 section 5.5), Django's cookies begin with one, and Tornado refuses it."""

    def call(environ, start_response):
        def start(status, headers, exc_info=None):
            headers = [(name, value.strip(" \t")) for name, value in headers]
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return call


class Adapter:
    """An ASGI application that runs each request through `server`, a Tornado one
    (HTTPServerConnectionDelegate)."""

    def __init__(self, server):
        self.server = server
        self.leaving = False
        self.detached = set()  # connections that are streams of handlers now
        silence_access_log()

    async def __call__(self, scope, receive, send):
        connection = Connection(self, scope)
        reader = asyncio.ensure_future(connection.read(receive))
        reader.add_done_callback(connection.fail_by)
        try:
            await connection.write_out(send)
        finally:
            reader.cancel()
            if connection.relay is not None:
                await asyncio.wait([reader])  # it may still use the relay
            connection.end()

    def leave(self):
        """The worker leaves: WebSockets are to go elsewhere."""
        self.leaving = True
        for connection in list(self.detached):
            connection.leave()


def silence_access_log():
    """The router logs requests; tornado.access does so too only where the application has set that
    logger up."""
    logger = log.access_log
    if logger.level == logging.NOTSET and not logger.handlers:
        logger.setLevel(logging.CRITICAL + 1)


class Context:
    """Where a request comes from, as HTTPServerRequest asks for it."""

    def __init__(self, scope):
        self.address = scope["client"]
        # Tornado's own word for clients of a Unix socket.
        self.remote_ip = self.address[0] if self.address else "0.0.0.0"
        self.protocol = scope["scheme"]

    def __str__(self):
        return self.remote_ip


class Connection(httputil.HTTPConnection):
    """One request and its response. What handlers write waits in a queue for write_out."""

    def __init__(self, adapter, scope):
        self.adapter = adapter
        self.scope = scope
        self.context = Context(scope)
        self.max_body_size = None
        self.handler = None  # a WebSocketHandler
        self.close_callback = None
        self.outgoing = deque()  # (message or None, bytes, future)
        self.news = asyncio.Event()  # for write_out
        self.switched = False  # answered with 101
        self.started = False  # the head was written
        self.finished = False  # all was written
        self.closed = False  # nothing can be written any more
        self.error = None  # why the exchange ends at once
        self.relay = None  # our end of a detached stream

    # The request.

    async def read(self, receive):
        """Gives the request to the application; what comes afterwards to its stream, if it has
        detached one; and tells it when the client leaves."""
        try:
            whole = await self.read_request(receive)
        except httputil.HTTPInputError as error:
            log.gen_log.info("Malformed HTTP message from %s: %s", self.context, error)
            return self.refuse()
        if not whole:
            return self.end()
        while (message := await receive())["type"] == "http.request":
            await self.relay_in(message)
        self.client_left()

    async def read_request(self, receive):
        """Whether it came whole; the client has left otherwise."""
        delegate = self.adapter.server.start_request(self.adapter, self)
        await done(delegate.headers_received(request_line(self.scope), fields(self.scope)))
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                delegate.on_connection_close()
                return False
            body, more = message["body"], message["more_body"]
            size += len(body)
            if self.max_body_size is not None and size > self.max_body_size:
                raise httputil.HTTPInputError("the body is too long")
            if body and not self.finished:
                await done(delegate.data_received(body))
        if not self.finished:
            delegate.finish()
        return True

    def refuse(self):
        if self.started:
            return self.fail(ConnectionError("the request is malformed"))
        self.write_headers(httputil.ResponseStartLine("", 400, ""), httputil.HTTPHeaders())
        self.finish()

    async def relay_in(self, message):
        try:
            await asyncio.get_running_loop().sock_sendall(self.relay, message["body"])
            if not message["more_body"]:
                self.relay.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the handler has closed its end, which relay_out sees

    def client_left(self):
        if self.relay is not None:
            return shut(self.relay)
        callback, self.close_callback = self.close_callback, None
        if callback is not None:
            IOLoop.current().add_callback(callback)

    # The response: what handlers call.

    def write_headers(self, start_line, headers, chunk=None):
        self.started = True
        self.switched = start_line.code == 101
        message = {
            "type": "http.response.start",
            "status": start_line.code,
            "headers": [(as_bytes(name), as_bytes(value)) for name, value in headers.get_all()],
            "monoceros.tunnel": self.switched,
        }
        return self.put(message, chunk or b"")

    def write(self, chunk):
        return self.put(None, chunk)

    def finish(self):
        self.finished = True
        self.news.set()

    def set_close_callback(self, callback):
        self.close_callback = callback
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, WebSocketHandler):
            self.handler = owner

    def set_max_body_size(self, size):
        self.max_body_size = size

    def set_body_timeout(self, seconds):
        """Nothing: the time between two pieces is the router's matter (body_timeout)."""

    def detach(self):
        if not self.switched:
            raise RuntimeError("only a connection that is answered with 101 can be detached")
        self.relay, theirs = socket.socketpair()
        self.relay.setblocking(False)
        self.adapter.detached.add(self)
        if self.adapter.leaving:
            self.leave()
        self.news.set()
        return IOStream(theirs)

    def put(self, message, chunk):
        future = asyncio.get_running_loop().create_future()
        if self.closed:
            settle(future, StreamClosedError())
        else:
            body = b"" if self.scope["method"] == "HEAD" else bytes(chunk)
            self.outgoing.append((message, body, future))
            self.news.set()
        return future

    # The response: on its way.

    async def write_out(self, send):
        """Sends what handlers write, until that is the end."""
        try:
            while not await self.write_some(send):
                await self.news.wait()
                self.news.clear()
        except OSError:
            # ClientDisconnected: futures tell handlers, by end().
            if self.error is not None:
                raise

    async def write_some(self, send):
        """Whether the exchange is over."""
        while self.outgoing and self.error is None:
            if await self.write_next(send):
                return True
        if self.error is not None:
            raise self.error
        if self.relay is not None:
            await self.relay_out(send)
        elif self.finished and not self.closed:
            await send(body_message(b"", more=False))
        return self.finished or self.closed

    async def write_next(self, send):
        message, body, future = self.outgoing[0]
        if message is not None:
            await send(message)
        last = self.finished and len(self.outgoing) == 1
        if not self.switched:
            await send(body_message(body, more=not last))
        if self.closed:
            return True
        self.outgoing.popleft()
        settle(future)
        return last and not self.switched

    async def relay_out(self, send):
        loop = asyncio.get_running_loop()
        more = True
        while more:
            try:
                data = await loop.sock_recv(self.relay, RELAY_BYTES)
            except OSError:
                data = b""  # the handler has closed its end with bytes unread
            more = bool(data)
            await send(body_message(data, more=more))

    # The end.

    def leave(self):
        """Closes the WebSocket, if it is one, as soon as the loop turns."""
        if self.handler is not None:
            IOLoop.current().add_callback(self.handler.close, SERVICE_RESTART, "service restart")

    def end(self):
        """Nothing can be written any more."""
        self.closed = True
        while self.outgoing:
            settle(self.outgoing.popleft()[2], StreamClosedError())
        if self.relay is not None:
            self.relay.close()
        self.adapter.detached.discard(self)
        self.handler = None
        self.news.set()

    def fail(self, error):
        self.error = self.error or error
        self.news.set()

    def fail_by(self, task):
        """Ends the exchange where `task` has failed."""
        if not task.cancelled() and task.exception() is not None:
            self.fail(task.exception())


async def done(result):
    """A delegate's methods return None or something to wait for."""
    if result is not None:
        await result


def request_line(scope):
    uri = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        uri += "?" + scope["query_string"].decode("latin-1")
    return httputil.RequestStartLine(scope["method"], uri, "HTTP/" + scope["http_version"])


def fields(scope):
    headers = httputil.HTTPHeaders()
    for name, value in scope["headers"]:
        headers.add(name.decode("latin-1"), value.decode("latin-1"))
    return headers


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def body_message(body, more):
    return {"type": "http.response.body", "body": body, "more_body": more}


def settle(future, error=None):
    """Ends a write: `error` is for whoever waits, if anybody does."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
        future.exception()


def shut(relay):
    try:
        relay.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other end is closed already
