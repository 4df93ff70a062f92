# SPDX-License-Identifier: Apache-2.0
"""kubectl apply of the shop: the children, and real requests to the pods and through the Service."""

import pytest
from cluster.control_plane import answers
from cluster.kubectl import wait_until
from cluster.operator import processes_named
from cluster.pool import HEALTH_PORT, METRICS_PORT, fetch, restarts


@pytest.fixture(scope="module")
def pool(make_pool):
    pool = make_pool("shop")
    pool.wait_until_settled(2)
    return pool


def test_every_pod_serves_the_shop(pool):
    for pod in pool.ready_pods():
        status, body = fetch(pod["status"]["podIP"], 8000, "/")
        assert status == 200 and b"<!doctype html>" in body.lower()


def test_the_service_reaches_the_pods(pool):
    address = pool.service_address()
    assert {fetch(address, 80, "/")[0] for _ in range(20)} == {200}


def test_kubectl_get_shows_a_person_what_matters(pool, kubectl):
    head, row = kubectl("get", "wp", pool.name).splitlines()
    shown = dict(zip(head.split(), row.split(), strict=True))
    assert shown["DESIRED"] == shown["READY"] == "2"
    assert (shown["WORKERS"], shown["THREADS"], shown["CLASS"]) == ("2", "4", "gthread")


def test_probes_and_metrics_are_answered_in_every_pod(pool):
    for pod in pool.ready_pods():
        address = pod["status"]["podIP"]
        assert fetch(address, HEALTH_PORT, "/livez")[0] == 200
        assert fetch(address, HEALTH_PORT, "/readyz")[0] == 200
        assert b"monoceros_saturation_ratio" in fetch(address, METRICS_PORT, "/metrics")[1]


def test_the_agent_is_a_native_sidecar_and_nothing_runs_as_root(pool):
    pod = pool.ready_pods()[0]
    agent = next(item for item in pod["spec"]["initContainers"] if item["name"] == "agent")
    assert agent["restartPolicy"] == "Always"
    uid = pod["metadata"]["uid"]
    found = [pid for name in ("monoceros", "monoceros-agent") for pid in processes_named(name, uid)]
    assert len(found) >= 2
    for pid in found:
        with open(f"/proc/{pid}/status") as status:
            uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
        assert set(uids) == {"10001"}
    for container in (agent, pod["spec"]["containers"][0]):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_children_belong_to_the_pool(pool, kubectl):
    uid = pool.get()["metadata"]["uid"]
    kinds = "deployments,services,configmaps,poddisruptionbudgets"
    children = kubectl.list(kinds, pool.selector)
    assert {child["kind"] for child in children} == {
        "Deployment", "Service", "ConfigMap", "PodDisruptionBudget",
    }  # fmt: skip
    for child in children:
        owner = child["metadata"]["ownerReferences"][0]
        assert owner["uid"] == uid and owner["controller"] is True
    budget = kubectl.get("poddisruptionbudget", pool.name)["spec"]
    assert budget["maxUnavailable"] == 1 and budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_an_unchanged_pool_is_not_written_again(pool, kubectl):
    kinds = "deployments,services,configmaps,poddisruptionbudgets"

    def versions() -> dict:
        children = kubectl.list(kinds, pool.selector)
        # The Deployment's moves with its status, and is annotated here.
        return {
            f"{child['kind']}/{child['metadata']['name']}": child["metadata"]["resourceVersion"]
            for child in children
            if child["kind"] != "Deployment"
        } | {"Deployment": pool.deployment()["spec"]}

    before = versions()
    # A pass over the pool is certain after a change that concerns no child.
    kubectl("annotate", "wp", pool.name, "example.dev/looked-at=1", "--overwrite")
    pool.patch(paused=False)
    kubectl("annotate", "deployment", pool.name, "example.dev/note=kept", "--overwrite")
    pool.wait_for("Ready", "True")
    assert versions() == before
    assert pool.deployment()["metadata"]["annotations"]["example.dev/note"] == "kept"


def test_what_somebody_changes_in_a_child_is_put_right(pool, kubectl):
    kubectl.patch("service", pool.name, {"spec": {"selector": {"monoceros.dev/pool": "another"}}})
    wait_until(
        lambda: kubectl.get("service", pool.name)["spec"]["selector"] == {"monoceros.dev/pool": pool.name},
        "the selector is the pool's again",
    )
    wait_until(lambda: answers(pool.service_address(), 80, "/"), "the Service leads to the pods again")


def test_a_foreign_object_of_the_same_name_is_not_taken_over(make_pool, kubectl):
    foreign = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "taken", "namespace": "default"},
        "spec": {"ports": [{"port": 7}], "selector": {"app": "somebody-else"}},
    }
    kubectl.apply(foreign)
    try:
        pool = make_pool("taken", replicas=1)
        condition = pool.wait_for("Degraded", "True", "NameConflict")
        assert "taken" in condition["message"]
        assert kubectl.get("service", "taken")["spec"]["selector"] == {"app": "somebody-else"}
    finally:
        kubectl("delete", "service", "taken")


def test_a_deleted_pod_is_replaced_and_nothing_fails(pool, kubectl, steady_load):
    with steady_load(pool) as load:
        load.wait_for_more(50)
        victim = pool.ready_pods()[0]["metadata"]["name"]
        kubectl("delete", "pod", victim, "--wait=false")
        wait_until(lambda: victim not in {pod["metadata"]["name"] for pod in pool.pods()}, "it is gone", 90)
        pool.wait_until_settled(2)
        load.wait_for_more(50)
    load.assert_no_failure()
    assert all(restarts(pod) == 0 for pod in pool.pods())
