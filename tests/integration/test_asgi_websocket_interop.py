# SPDX-License-Identifier: Apache-2.0
"""WebSockets of class asgi with another's client (the package websockets)."""

from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture
def reach(serve_asgi):
    """reach(application, path, **options): a client of the package websockets."""
    with ExitStack() as clients:

        def start(application, path, *arguments, **options):
            server = serve_asgi(application, *arguments)
            address = f"ws://127.0.0.1:{server.address[1]}{path}"
            return clients.enter_context(connect(address, max_size=None, **options))

        yield start


@pytest.mark.parametrize("compression", ["deflate", None])
def test_another_client_has_its_messages_back(reach, compression):
    client = reach("sockets:application", "/echo", compression=compression)
    assert bool(client.protocol.extensions) == (compression is not None)
    for message in ("text", b"bytes", "", "\u00e9" * 100_000, bytes(3 << 20), "again " * 1000):
        for _ in range(2):
            client.send(message)
            assert client.recv(timeout=20) == message


@pytest.mark.parametrize("compression", ["deflate", None])
def test_another_client_may_fragment_and_ping(reach, compression):
    client = reach("sockets:application", "/echo", compression=compression)
    client.send(["frag" * 100, "ment" * 100, "ed"])
    assert client.recv(timeout=20) == "frag" * 100 + "ment" * 100 + "ed"
    assert client.ping(b"are you there").wait(20)


def test_another_client_sees_why_it_was_closed(reach):
    client = reach("sockets:application", "/close")
    with pytest.raises(ConnectionClosed) as raised:
        client.recv(timeout=20)
    assert (raised.value.rcvd.code, raised.value.rcvd.reason) == (4001, "enough \u00e9")
    assert raised.value.rcvd_then_sent
