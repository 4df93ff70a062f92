# SPDX-License-Identifier: Apache-2.0
"""The worker classes that a running server is switched between."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Switched:
    """What a live change to the class names beside it, what the class runs, the module without which
    it is left out, and whether its responses leave piece by piece."""

    name: str
    change: dict = field(default_factory=dict, hash=False)
    protocol: str = "wsgi"
    module: str | None = None
    streams: bool = True

    def to(self) -> dict:
        return {"worker_class": self.name} | self.change


# Another class joins the tests of switches here. Tornado's WSGIContainer takes the whole response of
# a WSGI application before it sends any of it.
SWITCHED = (
    Switched("sync"),
    Switched("gthread", {"threads": 3}),
    Switched("gevent", module="gevent"),
    Switched("eventlet", module="eventlet"),
    Switched("asgi", protocol="asgi"),
    Switched("tornado", module="tornado", streams=False),
)


def walk(classes) -> list:
    """A way from the first class back to it that goes from each class to each other once."""
    first, *others = classes
    path = [first]
    for number, other in enumerate(others):
        path += walk(others) if number == 0 else [other]
        path.append(first)
    return path
