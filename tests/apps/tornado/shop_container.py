# SPDX-License-Identifier: Apache-2.0
"""The Django shop in a container with threads of its own: Django refuses its database in a thread that
runs an event loop."""

from concurrent.futures import ThreadPoolExecutor

from shop.wsgi import application as shop
from tornado.wsgi import WSGIContainer

application = WSGIContainer(shop, executor=ThreadPoolExecutor(4))
