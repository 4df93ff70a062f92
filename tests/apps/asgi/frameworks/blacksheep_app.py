# SPDX-License-Identifier: Apache-2.0
from blacksheep import Application, Cookie, Request, Response, WebSocket, file, json, text
from blacksheep.contents import StreamedContent
from blacksheep.server.sse import ServerSentEventsResponse, TextServerSentEvent
from blacksheep.server.websocket import WebSocketDisconnectError
from parts import FILE, STREAMS, describe, endless, note, pick

application = Application()
route = application.router.route


@application.lifespan
async def lifespan(app):
    note("startup")
    app.services.register(Started, instance=Started("yes"))
    yield
    note("shutdown")


class Started(str):
    pass


@route("/hello/{name}", methods=["GET", "HEAD"])
def hello(name: str):
    return text(f"Hello, {name}!")


@application.router.post("/json")
async def json_sum(request: Request):
    return json({"sum": sum((await request.json())["numbers"])})


@application.router.post("/form")
async def form(request: Request):
    fields = await request.form()
    return text(f"{fields['name']} is {fields['age']}")


@application.router.post("/upload")
async def upload(request: Request):
    (file,) = await request.files("file")
    return json(describe(file.file_name.decode(), file.data))


@application.router.get("/stream/{name}")
async def stream(name: str):
    async def encoded():
        async for item in STREAMS[name]():
            yield item.encode()

    return Response(200, content=StreamedContent(b"text/plain", encoded))


@application.router.get("/file")
async def send_file():
    return file(str(FILE), "text/x-python")


@application.router.get("/events")
async def event_stream():
    async def provide():
        async for item in endless("again"):
            yield TextServerSentEvent(item)

    return ServerSentEventsResponse(provide)


@application.router.get("/cookies")
async def cookies(request: Request):
    response = text(request.cookies["seen"])
    response.set_cookies([Cookie("a", "1"), Cookie("b", "2", http_only=True)])
    response.add_header(b"X-Answer", request.get_first_header(b"X-Question"))
    return response


@application.router.get("/error")
async def error():
    raise RuntimeError("as told")


@application.router.get("/state")
async def state(started: Started):
    return text(started)


@application.router.ws("/chat/{name}")
async def chat(websocket: WebSocket, name: str):
    await websocket.accept(subprotocol=pick(websocket.scope["subprotocols"]))
    try:
        message = ""
        while message != "bytes":
            message = await websocket.receive_text()
            if message == "fail":
                raise RuntimeError("as told")
            if message == "leave":
                return await websocket.close(4000)
            await websocket.send_text(f"{name}: {message}")
        while True:
            await websocket.send_bytes((await websocket.receive_bytes())[::-1])
    except WebSocketDisconnectError:
        note("left", name)


@application.router.ws("/members")
async def members(websocket: WebSocket):
    await websocket.close()
