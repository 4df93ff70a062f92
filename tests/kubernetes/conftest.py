# SPDX-License-Identifier: Apache-2.0
"""One cluster and one installed operator for all tests; a pool of its own for each file."""

import json
import os
from collections.abc import Callable, Iterator

import pytest
import yaml
from cluster import cgroups
from cluster.cluster import Cluster
from cluster.database import URL
from cluster.images import TOP
from cluster.kubectl import Kubectl
from cluster.load import SteadyLoad
from cluster.operator import Operator
from cluster.pool import Pool

SAMPLES = TOP / "deploy" / "samples"
# Each leaves the cluster as it found it; these two begin and end the operator's life.
FIRST, LAST = "test_install.py", "test_uninstall.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: {FIRST: 0, LAST: 2}.get(item.path.name, 1))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if "MONOCEROS_KUBERNETES_WORK" not in os.environ:
        pytest.fail("these tests bring up a cluster in namespaces of its own: use tests/kubernetes/run")
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster) -> Kubectl:
    return cluster.kubectl


@pytest.fixture(scope="session")
def operator(cluster: Cluster) -> Operator:
    """Installed by helm; whatever kills it must leave it coming back."""
    operator = Operator(cluster)
    operator.install()
    return operator


@pytest.fixture(scope="session")
def shop() -> dict:
    """The sample of the shop, with the database beside the cluster."""
    return with_database(yaml.safe_load((SAMPLES / "shop.yaml").read_text()))


def with_database(manifest: dict) -> dict:
    copy = json.loads(json.dumps(manifest))
    copy["spec"].setdefault("env", []).append({"name": "SHOP_DATABASE_URL", "value": URL})
    return copy


@pytest.fixture(scope="module")
def make_pool(operator: Operator, kubectl: Kubectl, shop: dict) -> Iterator[Callable[..., Pool]]:
    """Pools like the shop with other names and fields; deleted at the end of the file."""
    made: list[Pool] = []

    def make(name: str, **fields) -> Pool:
        manifest = json.loads(json.dumps(shop))
        manifest["metadata"]["name"] = name
        manifest["spec"].update(fields)
        manifest["spec"] = {key: value for key, value in manifest["spec"].items() if value is not None}
        kubectl.apply(manifest)
        made.append(Pool(kubectl, name))
        return made[-1]

    yield make
    for pool in made:
        pool.delete()
    for pool in made:
        pool.wait_until_gone()


@pytest.fixture(scope="session")
def steady_load() -> Callable[..., SteadyLoad]:
    """Load on a pool's Service."""

    def start(pool: Pool, path: str = "/", rate: float = 40) -> SteadyLoad:
        return SteadyLoad(pool.service_address(), path=path, rate=rate)

    return start


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What ran for real."""
    if "MONOCEROS_KUBERNETES_WORK" not in os.environ:
        return
    version = 2 if cgroups.is_version_2() else 1
    terminalreporter.section("what ran for real")
    terminalreporter.line("kube-apiserver, controller-manager, scheduler, kubelet, kube-proxy (iptables), containerd")
    terminalreporter.line("the images of deploy/docker, helm, PostgreSQL, Prometheus, prometheus-adapter")
    terminalreporter.line(f"cgroup version {version}" + (", so version 2 was not run" if version == 1 else ""))
    terminalreporter.line("not run: several nodes, cluster DNS, a registry, Grafana itself")
