# SPDX-License-Identifier: Apache-2.0
"""The load generators of our own, in C++: what wrk cannot do."""

import json
import subprocess
from urllib.parse import urlsplit

from servers import TOP

FOLDER = TOP / "build" / "tests"


def build(*targets: str) -> None:
    subprocess.run(["cmake", "--build", TOP / "build", "--target", *targets], check=True)


def generate(program: str, url: str, *arguments: float) -> dict:
    command = [FOLDER / program, str(urlsplit(url).port), *(f"{each:.0f}" for each in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed:\n{done.stderr}")
    measured = json.loads(done.stdout)
    measured["per_second"] = measured["requests"] / measured["seconds"]
    return measured


def echoes(url: str, connections: int, seconds: float) -> dict:
    """WebSocket connections, each with one message under way."""
    return generate("websocket_load", url, connections, seconds)


def paced(url: str, connections: int, rate: float, seconds: float) -> dict:
    """Requests at an even rate, one of ten to /slow."""
    return generate("paced_load", url, connections, rate, seconds)
