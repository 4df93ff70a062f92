# SPDX-License-Identifier: Apache-2.0
"""What one client does, or is answered, never reaches another."""

import threading

import pytest
from harness.waiting import wait_until

MIB = 1 << 20


@pytest.mark.parametrize("size", [10, MIB])
def test_a_refused_response_leaves_nothing_behind(serve, wsgi_class, size):
    server = serve("heads:application", worker_class=wsgi_class)
    for _ in range(3):
        assert server.get(f"/control?size={size}").status == 500
        response = server.get("/")
        assert response.status == 200
        assert response.body == b"hello"


def test_a_fast_upload_lets_others_have_their_turn(serve):
    server = serve("echo:application", workers=2)
    size = 300 * MIB
    done = threading.Event()

    def upload():
        with server.client() as client:
            head = f"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
            client.socket.sendall(head.encode())
            block = bytes(MIB)
            for _ in range(size // MIB):
                client.socket.sendall(block)
            assert client.response("POST").status == 200
        done.set()

    thread = threading.Thread(target=upload)
    thread.start()
    served = 0
    while not done.is_set() and served < 100_000:
        assert server.get("/lines").status == 200
        served += 1
    thread.join()
    wait_until(done.is_set, "the upload to end")
    assert served >= 5
