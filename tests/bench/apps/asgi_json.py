# SPDX-License-Identifier: Apache-2.0
"""A FastAPI application that answers with validated JSON."""

from fastapi import FastAPI
from pydantic import BaseModel

application = FastAPI()


class Item(BaseModel):
    number: int
    name: str
    tags: list[str]


@application.get("/")
async def item(number: int = 1) -> Item:
    return Item(number=number, name=f"item {number}", tags=["new", "in stock"])
