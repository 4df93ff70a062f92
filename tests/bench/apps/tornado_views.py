# SPDX-License-Identifier: Apache-2.0
"""asgi_views for Tornado: /slow takes 10 ms of CPU, /wait waits 50 ms in peace."""

import asyncio

from spinning import spin
from tornado.web import Application, RequestHandler


class Hello(RequestHandler):
    def get(self):
        self.write("Hello, world!\n")


class Slow(Hello):
    def get(self):
        spin()
        super().get()


class Wait(Hello):
    async def get(self):
        await asyncio.sleep(0.050)
        super().get()


application = Application([("/", Hello), ("/slow", Slow), ("/wait", Wait)])
