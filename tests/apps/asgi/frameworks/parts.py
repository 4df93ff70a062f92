# SPDX-License-Identifier: Apache-2.0
"""What the sites of all frameworks have in common: the bodies of their streams, and what they tell
the test (GATES: a journal and gates, as in views.py)."""

import asyncio
import os
import zlib
from pathlib import Path

FILE = Path(__file__)
FOLDER = Path(os.environ.get("GATES", "."))


def note(event, name="-"):
    journal = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, f"{event} {name} {os.getpid()}\n".encode())
    os.close(journal)


async def work_later():
    """What is to be done once the response is out: it waits for the gate."""
    while not (FOLDER / "gate").exists():
        await asyncio.sleep(0.005)
    note("worked")


async def items():
    for number in range(5):
        yield f"item {number}\n"


async def broken():
    yield "item 0\n"
    raise RuntimeError("no more items")


async def endless(item="again\n"):
    """Until the framework closes it, which is noted."""
    try:
        while True:
            yield item
            await asyncio.sleep(0.005)
    finally:
        note("closed")


STREAMS = {"items": items, "broken": broken, "endless": endless}


def events():
    """As a browser's EventSource wants them."""
    return endless("data: again\n\n")


def describe(name, data):
    return {"name": name, "size": len(data), "crc": zlib.crc32(data)}


def pick(offered):
    """The subprotocol to speak."""
    return "chat" if "chat" in offered else None
