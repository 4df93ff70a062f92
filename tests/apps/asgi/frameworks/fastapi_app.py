# SPDX-License-Identifier: Apache-2.0
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel

application = FastAPI()


class Numbers(BaseModel):
    numbers: list[int]


@application.api_route("/hello/{name}", methods=["GET", "HEAD"], response_class=PlainTextResponse)
def hello(name: str, background: BackgroundTasks):
    # Not a coroutine: the framework runs it in its thread pool.
    background.add_task(lambda: None)
    return f"Hello, {name}!"


@application.post("/json")
async def json_sum(numbers: Numbers):
    return {"sum": sum(numbers.numbers)}


@application.get("/stream")
async def stream():
    async def items():
        for number in range(5):
            yield f"item {number}\n"

    return StreamingResponse(items(), media_type="text/plain")
