# SPDX-License-Identifier: Apache-2.0
import contextlib
from typing import Annotated

from litestar import Litestar, Request, WebSocket, get, head, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, State, UploadFile
from litestar.enums import MediaType, RequestEncodingType
from litestar.exceptions import NotAuthorizedException, WebSocketDisconnect
from litestar.params import Body
from litestar.response import File, Response, ServerSentEvent, Stream
from parts import FILE, STREAMS, describe, endless, note, pick, work_later

UrlEncoded = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
MultiPart = Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)]


@get("/hello/{name:str}", media_type=MediaType.TEXT, sync_to_thread=True)
def hello(name: str) -> str:
    return f"Hello, {name}!"


@head("/hello/{name:str}")
async def hello_head(name: str) -> None:
    return None


@post("/json")
async def json_sum(data: dict[str, list[int]]) -> dict[str, int]:
    return {"sum": sum(data["numbers"])}


@post("/form", media_type=MediaType.TEXT)
async def form(data: UrlEncoded) -> str:
    return f"{data['name']} is {data['age']}"


@post("/upload")
async def upload(data: MultiPart) -> dict[str, str | int]:
    file = data["file"]
    return describe(file.filename, await file.read())


@get("/stream/{name:str}")
async def stream(name: str) -> Stream:
    return Stream(STREAMS[name](), media_type=MediaType.TEXT)


@get("/file")
async def file() -> File:
    return File(FILE)


@get("/events")
async def event_stream() -> ServerSentEvent:
    return ServerSentEvent(endless("again"))


@get("/cookies")
async def cookies(request: Request) -> Response[str]:
    return Response(
        request.cookies["seen"],
        media_type=MediaType.TEXT,
        headers={"X-Answer": request.headers["X-Question"]},
        cookies=[Cookie("a", value="1"), Cookie("b", value="2", httponly=True)],
    )


@get("/error")
async def error() -> None:
    raise RuntimeError("as told")


@get("/background")
async def background() -> Response[str]:
    return Response("soon", media_type=MediaType.TEXT, background=BackgroundTask(work_later))


@get("/state", media_type=MediaType.TEXT)
async def state(state: State) -> str:
    return state.started


@websocket("/chat/{name:str}")
async def chat(socket: WebSocket, name: str) -> None:
    await socket.accept(subprotocols=pick(socket.scope["subprotocols"]))
    try:
        text = ""
        while text != "bytes":
            text = await socket.receive_text()
            if text == "fail":
                raise RuntimeError("as told")
            if text == "leave":
                return await socket.close(4000)
            await socket.send_text(f"{name}: {text}")
        while True:
            await socket.send_bytes((await socket.receive_bytes())[::-1])
    except WebSocketDisconnect:
        note("left", name)


@websocket("/members")
async def members(socket: WebSocket) -> None:
    raise NotAuthorizedException("members only")


@contextlib.asynccontextmanager
async def lifespan(app):
    note("startup")
    app.state.started = "yes"
    yield
    note("shutdown")


application = Litestar(
    [
        hello,
        hello_head,
        json_sum,
        form,
        upload,
        stream,
        file,
        event_stream,
        cookies,
        error,
        background,
        state,
        chat,
        members,
    ],
    lifespan=[lifespan],
)
