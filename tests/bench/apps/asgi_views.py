# SPDX-License-Identifier: Apache-2.0
"""/slow takes 10 ms of CPU, and the loop stands still meanwhile; /wait waits 50 ms in peace; all else
answers at once."""

import asyncio

from asgi_hello import application as hello
from spinning import spin


async def application(scope, receive, send):
    path = scope.get("path")
    if path == "/slow":
        spin()
    elif path == "/wait":
        await asyncio.sleep(0.050)
    await hello(scope, receive, send)
