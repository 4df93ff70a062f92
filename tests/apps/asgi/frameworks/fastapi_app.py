# SPDX-License-Identifier: Apache-2.0
import contextlib
from typing import Annotated

from fastapi import (
    BackgroundTasks,
    Cookie,
    FastAPI,
    Form,
    Header,
    HTTPException,
    Request,
    UploadFile,
    WebSocket,
    WebSocketDisconnect,
)
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from parts import FILE, STREAMS, describe, endless, note, pick, work_later
from pydantic import BaseModel


@contextlib.asynccontextmanager
async def lifespan(app):
    note("startup")
    yield {"started": "yes"}
    note("shutdown")


application = FastAPI(lifespan=lifespan)


class Numbers(BaseModel):
    numbers: list[int]


@application.api_route("/hello/{name}", methods=["GET", "HEAD"], response_class=PlainTextResponse)
def hello(name: str):
    # Not a coroutine: the framework runs it in its thread pool.
    return f"Hello, {name}!"


@application.post("/json")
async def json_sum(numbers: Numbers):
    return {"sum": sum(numbers.numbers)}


@application.post("/form", response_class=PlainTextResponse)
async def form(name: Annotated[str, Form()], age: Annotated[int, Form()]):
    return f"{name} is {age}"


@application.post("/upload")
async def upload(file: UploadFile):
    return describe(file.filename, await file.read())


@application.get("/stream/{name}")
async def stream(name: str):
    return StreamingResponse(STREAMS[name](), media_type="text/plain")


@application.get("/file")
async def file():
    return FileResponse(FILE)


@application.get("/events", response_class=EventSourceResponse)
async def event_stream():
    async for item in endless("again"):
        yield ServerSentEvent(raw_data=item)


@application.get("/cookies")
async def cookies(seen: Annotated[str, Cookie()], x_question: Annotated[str, Header()]):
    response = PlainTextResponse(seen, headers={"X-Answer": x_question})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@application.get("/error")
def error():
    raise RuntimeError("as told")


@application.get("/background", response_class=PlainTextResponse)
async def background(tasks: BackgroundTasks):
    tasks.add_task(work_later)
    return "soon"


@application.get("/state", response_class=PlainTextResponse)
async def state(request: Request):
    return request.state.started


@application.websocket("/chat/{name}")
async def chat(websocket: WebSocket, name: str):
    await websocket.accept(subprotocol=pick(websocket.scope["subprotocols"]))
    try:
        text = ""
        while text != "bytes":
            text = await websocket.receive_text()
            if text == "fail":
                raise RuntimeError("as told")
            if text == "leave":
                return await websocket.close(4000)
            await websocket.send_text(f"{name}: {text}")
        while True:
            await websocket.send_bytes((await websocket.receive_bytes())[::-1])
    except WebSocketDisconnect:
        note("left", name)


@application.websocket("/members")
async def members(websocket: WebSocket):
    raise HTTPException(401, "members only")
