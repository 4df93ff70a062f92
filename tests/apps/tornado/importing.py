# SPDX-License-Identifier: Apache-2.0
"""Takes its IOLoop while it is imported, and leaves work to it."""

import os

from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler

LOOP = IOLoop.current()
ran_in = []
LOOP.add_callback(lambda: ran_in.append(os.getpid()))


class Index(RequestHandler):
    def get(self):
        own = ran_in == [os.getpid()]
        self.write(f"same={LOOP is IOLoop.current()} ran={own}")


application = Application([("/", Index)])
