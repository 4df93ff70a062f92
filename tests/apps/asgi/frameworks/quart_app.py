# SPDX-License-Identifier: Apache-2.0
import asyncio

from parts import FILE, STREAMS, describe, events, note, pick, work_later
from quart import Quart, Response, abort, current_app, request, send_file, websocket

application = Quart(__name__)


@application.before_serving
async def startup():
    note("startup")
    current_app.config["STARTED"] = "yes"


@application.after_serving
async def shutdown():
    note("shutdown")


@application.get("/hello/<name>")
def hello(name):
    # Not a coroutine: the framework runs it in its thread pool.
    return f"Hello, {name}!"


@application.post("/json")
async def json_sum():
    return {"sum": sum((await request.get_json())["numbers"])}


@application.post("/form")
async def form():
    fields = await request.form
    return f"{fields['name']} is {fields['age']}"


@application.post("/upload")
async def upload():
    file = (await request.files)["file"]
    return describe(file.filename, file.read())


@application.get("/stream/<name>")
async def stream(name):
    return Response(STREAMS[name](), mimetype="text/plain")


@application.get("/file")
async def file():
    return await send_file(FILE)


@application.get("/events")
async def event_stream():
    response = Response(events(), mimetype="text/event-stream")
    response.timeout = None
    return response


@application.get("/cookies")
async def cookies():
    response = Response(request.cookies["seen"])
    response.headers["X-Answer"] = request.headers["X-Question"]
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@application.get("/error")
async def error():
    raise RuntimeError("as told")


@application.get("/background")
async def background():
    application.add_background_task(work_later)
    return "soon"


@application.get("/state")
async def state():
    return current_app.config["STARTED"]


@application.websocket("/chat/<name>")
async def chat(name):
    await websocket.accept(subprotocol=pick(websocket.requested_subprotocols))
    try:
        while (message := await websocket.receive()) != "leave":
            if message == "fail":
                raise RuntimeError("as told")
            own = f"{name}: {message}" if isinstance(message, str) else message[::-1]
            await websocket.send(own)
    except asyncio.CancelledError:
        note("left", name)
        raise
    await websocket.close(4000)


@application.websocket("/members")
async def members():
    abort(401, "members only")
