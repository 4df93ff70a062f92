# SPDX-License-Identifier: Apache-2.0
"""One to three pods and back: by hand, and by a HorizontalPodAutoscaler that follows saturation."""

import pytest
import yaml
from cluster.images import TOP
from cluster.kubectl import wait_until
from cluster.load import SteadyLoad

AUTOSCALED = yaml.safe_load((TOP / "deploy" / "samples" / "autoscaled.yaml").read_text())


def test_kubectl_scale_takes_the_pool_from_one_to_three_and_back(make_pool, kubectl, steady_load):
    pool = make_pool("scaled", replicas=1)
    pool.wait_until_settled(1)
    with steady_load(pool) as load:
        load.wait_for_more(20)
        kubectl("scale", "wp", pool.name, "--replicas=3")
        wait_until(lambda: len(pool.ready_pods()) == 3, "three pods are ready", 120)
        assert kubectl.get("wp", pool.name)["spec"]["replicas"] == 3
        load.wait_for_more(50)
        kubectl("scale", "wp", pool.name, "--replicas=1")
        wait_until(lambda: len(pool.pods()) == 1, "one pod is left", 120)
        load.wait_for_more(50)
    load.assert_no_failure()


@pytest.fixture(scope="module")
def autoscaled(make_pool):
    fields = {key: AUTOSCALED["spec"][key] for key in ("workers", "threads", "autoscaling")}
    pool = make_pool("autoscaled", replicas=None, **fields)
    pool.wait_until_settled(1)
    return pool


def test_without_replicas_the_operator_writes_the_least_once(autoscaled):
    assert autoscaled.get()["spec"]["replicas"] == 1


def test_the_autoscaler_reads_the_saturation_of_the_pods(autoscaled, kubectl):
    def current() -> list:
        status = kubectl.get("hpa", autoscaled.name).get("status", {})
        return [item["pods"]["current"]["averageValue"] for item in status.get("currentMetrics") or [] if "pods" in item]

    wait_until(current, "the autoscaler has read the metric", 120)


def test_saturation_scales_from_one_to_three_and_back(autoscaled, kubectl):
    address = autoscaled.service_address()
    # Nine at a time wait 0.4 s for the database: too many for the four slots of one pod, not for three pods.
    with SteadyLoad(address, path="/slow/?seconds=0.4", rate=22, threads=20) as load:
        wait_until(lambda: len(autoscaled.ready_pods()) == 3, "three pods are ready", 180)
        load.wait_for_more(20)
    load.assert_no_failure()
    wait_until(lambda: len(autoscaled.pods()) == 1, "one pod is left when the load has gone", 240)
    assert autoscaled.get()["spec"]["replicas"] == 1
