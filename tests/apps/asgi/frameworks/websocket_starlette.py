# SPDX-License-Identifier: Apache-2.0
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute


async def chat(websocket):
    await websocket.accept()
    name = websocket.path_params["name"]
    async for text in websocket.iter_text():
        if text == "leave":
            return await websocket.close(4000)
        await websocket.send_text(f"{name}: {text}")


async def members(websocket):
    await websocket.send_denial_response(PlainTextResponse("members only", status_code=401))


application = Starlette(
    routes=[WebSocketRoute("/chat/{name}", chat), WebSocketRoute("/members", members)]
)
