# SPDX-License-Identifier: Apache-2.0
from parts import FILE, STREAMS, describe, events, note, work_later
from sanic import Sanic, json, text
from sanic.response import file_stream

application = Sanic("site")


@application.before_server_start
async def startup(app):
    note("startup")
    app.ctx.started = "yes"


@application.after_server_stop
async def shutdown(app):
    note("shutdown")


@application.route("/hello/<name>", methods=["GET", "HEAD"], unquote=True)
async def hello(request, name):
    return text(f"Hello, {name}!")


@application.post("/json")
async def json_sum(request):
    return json({"sum": sum(request.json["numbers"])})


@application.post("/form")
async def form(request):
    return text(f"{request.form.get('name')} is {request.form.get('age')}")


@application.post("/upload")
async def upload(request):
    file = request.files.get("file")
    return json(describe(file.name, file.body))


@application.get("/stream/<name>")
async def stream(request, name):
    response = await request.respond(content_type="text/plain")
    async for item in STREAMS[name]():
        await response.send(item)
    await response.eof()


@application.get("/file")
async def file(request):
    return await file_stream(FILE)


@application.get("/events")
async def event_stream(request):
    response = await request.respond(content_type="text/event-stream")
    async for item in events():
        await response.send(item)


@application.get("/cookies")
async def cookies(request):
    response = text(request.cookies.get("seen"))
    response.add_cookie("a", "1")
    response.add_cookie("b", "2", httponly=True)
    response.headers["X-Answer"] = request.headers["X-Question"]
    return response


@application.get("/error")
async def error(request):
    raise RuntimeError("as told")


@application.get("/background")
async def background(request):
    request.app.add_task(work_later())
    return text("soon")


@application.get("/state")
async def state(request):
    return text(request.app.ctx.started)


@application.websocket("/chat/<name>", subprotocols=["chat"])
async def chat(request, websocket, name):
    while (message := await websocket.recv()) is not None:
        if message == "leave":
            return
        if message == "fail":
            raise RuntimeError("as told")
        own = f"{name}: {message}" if isinstance(message, str) else message[::-1]
        await websocket.send(own)
    note("left", name)
