# SPDX-License-Identifier: Apache-2.0
"""What `make demo` runs once all is built."""

import http.client
import os
import signal
import socket
import subprocess

import pytest
from harness.server import TOP
from harness.waiting import wait_until


def read(address: str) -> str:
    """The page at its root; empty while nobody answers."""
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    """Nobody listens on them now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def demo(tmp_path):
    if not (TOP / "build" / "venv").exists():
        pytest.skip("make demo makes build/venv")
    site, dashboard = (f"127.0.0.1:{port}" for port in free_ports(2))
    # The variables of the tests themselves are no settings.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MONOCEROS_")}
    variables = own | {
        "SHOP_DATA_DIR": str(tmp_path), "DEMO_BIND": site, "DEMO_AGENT_BIND": dashboard,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with open(tmp_path / "output", "wb") as output:
        process = subprocess.Popen(
            [TOP / "tools" / "demo"], env=variables, stdout=output,
            stderr=subprocess.STDOUT,
        )
    yield process, site, dashboard, tmp_path / "output"
    if process.poll() is None:
        process.kill()
        process.wait()


def test_the_demo_shows_shop_and_dashboard_and_ends_with_control_c(demo):
    process, site, dashboard, output = demo
    wait_until(lambda: read(site), "the shop is there", deadline=60)
    assert "<html" in read(site)
    assert "<html" in wait_until(lambda: read(dashboard), "the dashboard is there")
    assert f"the shop is at http://{site}, its dashboard at http://{dashboard}" in output.read_text()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
