# SPDX-License-Identifier: Apache-2.0
"""No tornado.web.Application: an ASGI application, a router of Tornado's, its container."""

from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.wsgi import WSGIContainer

from handlers import application as site


async def asgi(scope, receive, send):
    pass


def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


def failing(environ, start_response):
    raise RuntimeError("this application always fails")


container = WSGIContainer(wsgi)
router = RuleRouter([Rule(PathMatches("/wsgi.*"), container), Rule(PathMatches(".*"), site)])
