# SPDX-License-Identifier: Apache-2.0
"""Workers, threads and class of a running pool: no pod restarts, the Deployment stays as it is."""

import json
import os
import signal

import pytest
from cluster.kubectl import wait_until
from cluster.operator import processes_named
from cluster.pool import live_numbers, restarts


@pytest.fixture(scope="module")
def pool(make_pool):
    pool = make_pool(
        "live",
        replicas=2,
        workers=2,
        threads=4,
        workerClass="gthread",
        asgiApplication="shop.asgi:application",
    )
    pool.wait_until_settled(2)
    return pool


def bytes_of(deployment: dict) -> str:
    """What a person or a tool would call the Deployment: everything but its status."""
    copy = json.loads(json.dumps(deployment))
    copy.pop("status")
    metadata = copy["metadata"]
    metadata.pop("resourceVersion")  # a change of the status moves it
    metadata["managedFields"] = [
        entry for entry in metadata.get("managedFields", []) if entry.get("subresource") != "status"
    ]
    return json.dumps(copy, sort_keys=True)


def wait_for_numbers(pool, workers: int, slots: int) -> None:
    """Until every ready pod has so many; the error says what the pool and its servers say."""
    try:
        wait_until(
            lambda: all(live_numbers(pod) == (workers, slots) for pod in pool.ready_pods()),
            f"{workers} workers and {slots} slots in every pod",
            90,
        )
    except AssertionError as error:
        numbers = [live_numbers(pod) for pod in pool.ready_pods()]
        raise AssertionError(f"{error}\n{numbers}\n{pool.describe()}\n{pool.logs()}") from None


def test_threads_and_workers_change_under_load_without_a_restart(pool, steady_load):
    deployment = bytes_of(pool.deployment())
    pods = {pod["metadata"]["uid"] for pod in pool.pods()}
    replica_sets = {item["metadata"]["uid"] for item in pool.replica_sets()}
    with steady_load(pool) as load:
        load.wait_for_more(50)
        pool.patch(threads=16, workers=3)
        pool.wait_for("LiveConverged", "True")
        wait_for_numbers(pool, 3, 48)
        load.wait_for_more(50)
    load.assert_no_failure()
    assert {pod["metadata"]["uid"] for pod in pool.pods()} == pods
    assert all(restarts(pod) == 0 for pod in pool.pods())
    assert {item["metadata"]["uid"] for item in pool.replica_sets()} == replica_sets
    assert bytes_of(pool.deployment()) == deployment
    status = pool.status()
    assert (status["workers"], status["threads"]) == (3, 16)


def test_a_pod_made_later_has_the_same_values(pool, kubectl):
    victim = pool.ready_pods()[0]["metadata"]["name"]
    kubectl("delete", "pod", victim)
    pool.wait_until_settled(2)
    wait_for_numbers(pool, 3, 48)


def test_a_container_that_starts_again_has_the_same_values(pool):
    pod = pool.ready_pods()[0]
    uid = pod["metadata"]["uid"]
    for pid in processes_named("monoceros", uid):
        os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: any(restarts(item) == 1 for item in pool.pods() if item["metadata"]["uid"] == uid),
        "the container starts again",
    )
    pool.wait_until_settled(2)
    wait_for_numbers(pool, 3, 48)


def test_the_class_changes_live_too(pool, steady_load):
    deployment = bytes_of(pool.deployment())
    with steady_load(pool) as load:
        pool.patch(workerClass="sync", threads=1, workers=4)
        pool.wait_for("LiveConverged", "True")
        wait_for_numbers(pool, 4, 4)
        load.wait_for_more(50)
        pool.patch(workerClass="asgi", threads=None, workers=2)
        pool.wait_for("LiveConverged", "True")
        wait_for_numbers(pool, 2, 2000)
        load.wait_for_more(50)
        pool.patch(workerClass="gthread", threads=4, workers=2)
        pool.wait_for("LiveConverged", "True")
        wait_for_numbers(pool, 2, 8)
        load.wait_for_more(50)
    load.assert_no_failure()
    assert bytes_of(pool.deployment()) == deployment


def test_a_setting_that_is_not_live_is_refused_with_its_name(pool):
    pool.patch(settings={"worker_tmp_dir": "/tmp"})
    condition = pool.wait_for("Degraded", "True", "InvalidSpec")
    assert "worker_tmp_dir" in condition["message"]
    pool.patch(settings=None)
    pool.wait_for("Degraded", "False")


def test_a_change_that_the_pods_cannot_reach_is_taken_back(pool, kubectl, steady_load):
    """So many workers do not fit the memory limit: the pool says which pod refused and why, and
    every pod runs on with the last good values."""
    with steady_load(pool) as load:
        pool.patch(workers=64)
        condition = pool.wait_for("Degraded", "True", "LiveChangeFailed", seconds=240)
        assert pool.name in condition["message"]
        wait_for_numbers(pool, 2, 8)
    load.assert_no_failure()
    pool.patch(workers=2)
    pool.wait_for("Degraded", "False")
    pool.wait_for("LiveConverged", "True")
