# SPDX-License-Identifier: Apache-2.0
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Long enough for a loaded machine: only a failing test waits this long.
DEADLINE = 20.0
INTERVAL = 0.01


def wait_until(condition: Callable[[], T], what: str, deadline: float = DEADLINE) -> T:
    """The first true value of `condition`; AssertionError with `what` after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what}")
        time.sleep(INTERVAL)


def stays_true(condition: Callable[[], object], seconds: float) -> bool:
    """Whether `condition` holds each time it is asked for so long: for what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            return False
        time.sleep(INTERVAL)
    return True
