# SPDX-License-Identifier: Apache-2.0
"""Addresses of the cluster. They exist only in the network namespace that the tests run in."""

import json
import subprocess
from pathlib import Path

NODE_ADDRESS = "10.99.0.1"
POD_SUBNET = "10.98.0.0/24"
SERVICE_SUBNET = "10.97.0.0/16"
API_SERVICE_ADDRESS = "10.97.0.1"
NODE_NAME = "node"


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def prepare() -> None:
    """Loopback, and the node's address on a bridge (a kernel may have no dummy interface)."""
    if any(link["ifname"] not in ("lo",) for link in links() if link["link_type"] == "ether"):
        raise RuntimeError("the cluster must have a network namespace of its own: use tests/kubernetes/run")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "node0", "type", "bridge")
    run("ip", "address", "add", f"{NODE_ADDRESS}/24", "dev", "node0")
    run("ip", "link", "set", "node0", "up")
    # Something to route by: addresses of Services exist only as rules of the packet filter.
    run("ip", "route", "add", "default", "dev", "node0")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def links() -> list[dict]:
    return json.loads(subprocess.run(["ip", "-j", "link"], check=True, capture_output=True).stdout)


def write_cni(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "pods0",
                "isGateway": True,
                "ipMasq": False,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_SUBNET}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "dataDir": str(folder / "leases"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    (folder / "10-pods.conflist").write_text(json.dumps(content))
