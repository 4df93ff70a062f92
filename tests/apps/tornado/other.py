# SPDX-License-Identifier: Apache-2.0
"""No tornado.web.Application: an ASGI application, a router of Tornado's, its containers."""

from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

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


def cookie(environ, start_response):
    """As Django gives its cookies: with a blank before each."""
    value = SimpleCookie({"flavour": "plain"})["flavour"].output(header="")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", value)])
    return [b"ok"]


container = WSGIContainer(wsgi)
threaded = WSGIContainer(wsgi, executor=ThreadPoolExecutor(2))
failing_threads = WSGIContainer(failing, executor=ThreadPoolExecutor(2))
router = RuleRouter([Rule(PathMatches("/wsgi.*"), container), Rule(PathMatches(".*"), site)])
