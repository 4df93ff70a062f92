# SPDX-License-Identifier: Apache-2.0
"""A WorkerPool in the cluster and what belongs to it."""

import http.client
from typing import Any

from .kubectl import Kubectl, wait_until

Manifest = dict[str, Any]
HEALTH_PORT = 9101
METRICS_PORT = 9102


class Pool:
    def __init__(self, kubectl: Kubectl, name: str):
        self.kubectl = kubectl
        self.name = name
        self.selector = f"monoceros.dev/pool={name}"

    def get(self) -> Manifest:
        return self.kubectl.get("wp", self.name)

    def status(self) -> Manifest:
        return self.get().get("status", {})

    def patch(self, **fields: Any) -> None:
        self.kubectl.patch("wp", self.name, {"spec": fields})

    def condition(self, kind: str) -> Manifest:
        conditions = self.status().get("conditions", [])
        return next((item for item in conditions if item["type"] == kind), {})

    def wait_for(self, kind: str, status: str, reason: str | None = None, seconds: float = 120) -> Manifest:
        """The condition once it has `status` for the present generation."""

        def reached() -> Manifest | None:
            pool = self.get()
            generation = pool["metadata"]["generation"]
            for item in pool.get("status", {}).get("conditions", []):
                same = item["type"] == kind and item["status"] == status
                current = item.get("observedGeneration") == generation
                if same and current and reason in (None, item["reason"]):
                    return item
            return None

        what = f"{kind}={status} ({reason or 'any reason'}) of {self.name}"
        try:
            return wait_until(reached, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def wait_until_settled(self, replicas: int, seconds: float = 120) -> None:
        """All pods of the wanted kind and number are ready, have the live values, and no other is."""
        self.wait_for("Ready", "True", seconds=seconds)
        self.wait_for("Progressing", "False", seconds=seconds)
        self.wait_for("LiveConverged", "True", seconds=seconds)
        wait_until(lambda: len(self.pods()) == replicas, f"{replicas} pods of {self.name}", seconds)

    def pods(self) -> list[Manifest]:
        return self.kubectl.list("pods", self.selector)

    def ready_pods(self) -> list[Manifest]:
        return [pod for pod in self.pods() if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]

    def deployment(self) -> Manifest:
        return self.kubectl.get("deployment", self.name)

    def replica_sets(self) -> list[Manifest]:
        return self.kubectl.list("replicasets", self.selector)

    def service_address(self) -> str:
        return self.kubectl.get("service", self.name)["spec"]["clusterIP"]

    def describe(self) -> str:
        return self.kubectl("describe", "wp", self.name) + self.kubectl(
            "get", "pods,deployments,replicasets,configmaps,hpa", "-l", self.selector, "-o", "wide"
        )

    def logs(self) -> str:
        """The last lines of every server."""
        names = [pod["metadata"]["name"] for pod in self.pods()]
        return "\n".join(self.kubectl("logs", name, "-c", "server", "--tail=40") for name in names)

    def delete(self) -> None:
        self.kubectl("delete", "wp", self.name, "--ignore-not-found", "--wait=false")

    def wait_until_gone(self) -> None:
        kinds = "pods,deployments,replicasets,services,configmaps,poddisruptionbudgets,hpa"
        wait_until(lambda: not self.kubectl.list(kinds, self.selector), f"{self.name} is gone", 120)


def is_ready(pod: Manifest) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def restarts(pod: Manifest) -> int:
    status = pod["status"]
    containers = status.get("containerStatuses", []) + status.get("initContainerStatuses", [])
    return sum(container["restartCount"] for container in containers)


def fetch(address: str, port: int, path: str, timeout: float = 10) -> tuple[int, bytes]:
    """Status and body of one GET."""
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": "shop.example"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def live_numbers(pod: Manifest) -> tuple[float, float]:
    """Ready workers and slots of a pod, from its own /metrics."""
    _, body = fetch(pod["status"]["podIP"], METRICS_PORT, "/metrics")
    values: dict[str, float] = {}
    for line in body.decode().splitlines():
        if line.startswith(("monoceros_workers{", "monoceros_slots")):
            name, _, value = line.rpartition(" ")
            values[name] = float(value)
    ready = sum(value for name, value in values.items() if 'state="ready"' in name)
    slots = sum(value for name, value in values.items() if name.startswith("monoceros_slots"))
    return ready, slots
