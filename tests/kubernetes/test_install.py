# SPDX-License-Identifier: Apache-2.0
"""helm install, and what the API server then takes and refuses."""

from pathlib import Path

import pytest
import yaml
from cluster.images import TOP
from cluster.kubectl import KubectlError, wait_until
from cluster.operator import NAMESPACE, RELEASE
from cluster.pool import fetch

HERE = Path(__file__).resolve().parent
REFUSED = yaml.safe_load((HERE / "refused_pools.yaml").read_text())
MINIMAL = yaml.safe_load((TOP / "deploy" / "samples" / "minimal.yaml").read_text())


def test_helm_installs_an_operator_that_becomes_ready_and_leads(cluster, operator, kubectl):
    pod = operator.ready_pod()
    assert "kubectl" in operator.notes, "the notes say what to do next"
    address = pod["status"]["podIP"]
    assert fetch(address, 8081, "/readyz")[0] == 200
    wait_until(lambda: b"leader_election_master_status{" in fetch(address, 8080, "/metrics")[1], "leads")
    lease = kubectl.get("lease", "monoceros-operator", NAMESPACE)
    assert pod["metadata"]["name"] in lease["spec"]["holderIdentity"]


def test_helm_test_passes(cluster, operator):
    text = cluster.helm("test", RELEASE, "--namespace", NAMESPACE, "--timeout", "2m")
    assert "Succeeded" in text


def test_a_second_install_changes_nothing(operator, kubectl):
    before = operator.ready_pod()["metadata"]["uid"]
    operator.install()
    assert operator.ready_pod()["metadata"]["uid"] == before


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_the_api_server_refuses(operator, kubectl, case):
    manifest = yaml.safe_load(yaml.safe_dump(MINIMAL))
    merge(manifest, case["patch"])
    with pytest.raises(KubectlError) as refused:
        kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=yaml.safe_dump(manifest))
    assert case["message"] in str(refused.value)


def merge(target: dict, patch: dict) -> None:
    """JSON merge patch (RFC 7396)."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            merge(target.setdefault(key, {}), value)
        else:
            target[key] = value


def test_the_operator_may_read_no_secret_of_others(operator, kubectl):
    account = f"system:serviceaccount:{NAMESPACE}:{operator.ready_pod()['spec']['serviceAccountName']}"

    def may(verb: str, resource: str, namespace: str) -> bool:
        arguments = ("auth", "can-i", verb, resource, "-n", namespace, f"--as={account}")
        try:
            return kubectl(*arguments).strip() == "yes"
        except KubectlError:
            return False

    assert may("patch", "deployments.apps", "default")
    for verb in ("get", "list", "watch"):
        assert not may(verb, "secrets", "default")
    assert not may("list", "secrets", NAMESPACE)
    assert not may("create", "rolebindings.rbac.authorization.k8s.io", "default")


def test_explain_tells_what_a_field_means(operator, kubectl):
    assert "thread" in kubectl("explain", "wp.spec.threads").lower()
