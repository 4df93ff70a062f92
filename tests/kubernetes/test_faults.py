# SPDX-License-Identifier: Apache-2.0
"""The operator killed in the middle of everything, and an agent that stands still."""

import os
import signal
import time

import pytest
from cluster.images import SHOP_1, SHOP_2
from cluster.kubectl import wait_until
from cluster.operator import processes_named
from cluster.pool import is_ready, live_numbers, restarts


@pytest.fixture(scope="module")
def pool(make_pool):
    pool = make_pool("tough", replicas=2, workers=2, threads=4)
    pool.wait_until_settled(2)
    return pool


def change_threads(pool, kubectl):
    pool.patch(threads=12)
    return lambda: all(live_numbers(pod)[1] == 24 for pod in pool.ready_pods())


def change_image(pool, kubectl):
    pool.patch(image=SHOP_2)
    return lambda: {pod["spec"]["containers"][0]["image"] for pod in pool.ready_pods()} == {SHOP_2}


def scale_up(pool, kubectl):
    kubectl("scale", "wp", pool.name, "--replicas=3")
    return lambda: len(pool.ready_pods()) == 3


def scale_down(pool, kubectl):
    kubectl("scale", "wp", pool.name, "--replicas=2")
    return lambda: len(pool.pods()) == 2


def delete_a_pod(pool, kubectl):
    victim = pool.ready_pods()[0]["metadata"]["name"]
    kubectl("delete", "pod", victim, "--wait=false")
    return lambda: victim not in {pod["metadata"]["name"] for pod in pool.pods()}


def change_image_back(pool, kubectl):
    pool.patch(image=SHOP_1)
    return lambda: {pod["spec"]["containers"][0]["image"] for pod in pool.ready_pods()} == {SHOP_1}


@pytest.mark.parametrize(
    "change", [change_threads, change_image, scale_up, scale_down, delete_a_pod, change_image_back]
)
def test_the_operator_is_killed_in_the_middle_of(pool, operator, kubectl, steady_load, change):
    operator.ready_pod()
    with steady_load(pool) as load:
        load.wait_for_more(20)
        reached = change(pool, kubectl)
        operator.kill()
        wait_until(reached, f"{change.__name__} is carried out all the same", 180)
        pool.wait_until_settled(pool.get()["spec"]["replicas"], 180)
        load.wait_for_more(20)
    load.assert_no_failure()


def test_an_agent_that_stands_still_for_a_minute_leaves_its_pod_ready(pool, steady_load):
    pod = pool.ready_pods()[0]
    agents = processes_named("monoceros-agent", pod["metadata"]["uid"])
    assert agents
    for pid in agents:
        os.kill(pid, signal.SIGSTOP)
    try:
        with steady_load(pool) as load:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                now = next(item for item in pool.pods() if item["metadata"]["uid"] == pod["metadata"]["uid"])
                assert is_ready(now) and restarts(now) == restarts(pod)
                load.wait_for_more(10)
        load.assert_no_failure()
    finally:
        for pid in agents:
            os.kill(pid, signal.SIGCONT)


def test_a_pod_whose_agent_stood_still_during_a_change_catches_up(pool):
    pod = pool.ready_pods()[0]
    agents = processes_named("monoceros-agent", pod["metadata"]["uid"])
    for pid in agents:
        os.kill(pid, signal.SIGSTOP)
    try:
        before = pool.status()["threads"]
        pool.patch(threads=before + 2)
        pool.wait_for("LiveConverged", "False")
    finally:
        for pid in agents:
            os.kill(pid, signal.SIGCONT)
    pool.wait_for("LiveConverged", "True")
    workers = pool.status()["workers"]
    wanted = workers * (before + 2)
    wait_until(lambda: all(live_numbers(item)[1] == wanted for item in pool.ready_pods()), "caught up")


def test_an_api_server_that_goes_away_costs_no_request(pool, cluster, kubectl, steady_load):
    with steady_load(pool) as load:
        cluster.programs.stop("kube-apiserver")
        load.wait_for_more(200)
        cluster.control_plane.start_apiserver()
        pool.patch(threads=6)
        pool.wait_for("LiveConverged", "True", seconds=180)
        load.wait_for_more(20)
    load.assert_no_failure()
