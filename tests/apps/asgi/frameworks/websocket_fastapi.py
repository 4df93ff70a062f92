# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

application = FastAPI()


@application.websocket("/chat/{name}")
async def chat(websocket: WebSocket, name: str):
    await websocket.accept()
    try:
        while (text := await websocket.receive_text()) != "leave":
            await websocket.send_text(f"{name}: {text}")
    except WebSocketDisconnect:
        return
    await websocket.close(4000)
