# SPDX-License-Identifier: Apache-2.0
import contextlib

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route


async def hello(request):
    return PlainTextResponse(f"{request.state.greeting}, {request.path_params['name']}!")


async def json_sum(request):
    return JSONResponse({"sum": sum((await request.json())["numbers"])})


async def stream(request):
    async def items():
        for number in range(5):
            yield f"item {number}\n"

    return StreamingResponse(items(), media_type="text/plain")


@contextlib.asynccontextmanager
async def lifespan(app):
    yield {"greeting": "Hello"}


routes = [
    Route("/hello/{name}", hello),
    Route("/json", json_sum, methods=["POST"]),
    Route("/stream", stream),
]
application = Starlette(routes=routes, lifespan=lifespan)
