# SPDX-License-Identifier: Apache-2.0
import contextlib

from parts import FILE, STREAMS, describe, events, note, pick, work_later
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute


async def hello(request):
    return PlainTextResponse(f"Hello, {request.path_params['name']}!")


async def json_sum(request):
    return JSONResponse({"sum": sum((await request.json())["numbers"])})


async def form(request):
    fields = await request.form()
    return PlainTextResponse(f"{fields['name']} is {fields['age']}")


async def upload(request):
    async with request.form() as fields:
        file = fields["file"]
        return JSONResponse(describe(file.filename, await file.read()))


async def stream(request):
    return StreamingResponse(STREAMS[request.path_params["name"]](), media_type="text/plain")


async def file(request):
    return FileResponse(FILE)


async def event_stream(request):
    return StreamingResponse(events(), media_type="text/event-stream")


async def cookies(request):
    response = PlainTextResponse(request.cookies["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    response.headers["X-Answer"] = request.headers["X-Question"]
    return response


async def error(request):
    raise RuntimeError("as told")


async def background(request):
    return PlainTextResponse("soon", background=BackgroundTask(work_later))


async def state(request):
    return PlainTextResponse(request.state.started)


async def chat(websocket):
    await websocket.accept(subprotocol=pick(websocket.scope["subprotocols"]))
    name = websocket.path_params["name"]
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if message.get("text") == "fail":
            raise RuntimeError("as told")
        if message.get("text") == "leave":
            return await websocket.close(4000)
        if (text := message.get("text")) is not None:
            await websocket.send_text(f"{name}: {text}")
        else:
            await websocket.send_bytes(message["bytes"][::-1])
    note("left", name)


async def members(websocket):
    await websocket.send_denial_response(PlainTextResponse("members only", status_code=401))


@contextlib.asynccontextmanager
async def lifespan(app):
    note("startup")
    yield {"started": "yes"}
    note("shutdown")


application = Starlette(
    routes=[
        Route("/hello/{name}", hello),
        Route("/json", json_sum, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/stream/{name}", stream),
        Route("/file", file),
        Route("/events", event_stream),
        Route("/cookies", cookies),
        Route("/error", error),
        Route("/background", background),
        Route("/state", state),
        WebSocketRoute("/chat/{name}", chat),
        WebSocketRoute("/members", members),
    ],
    lifespan=lifespan,
)
