# SPDX-License-Identifier: Apache-2.0
"""A new image, and one that does not import: the old pods serve until new ones are ready."""

import pytest
from cluster.images import SHOP_2, SHOP_BROKEN
from cluster.kubectl import wait_until


@pytest.fixture(scope="module")
def pool(make_pool):
    pool = make_pool("rolled", replicas=2)
    pool.wait_until_settled(2)
    return pool


def images_of(pool) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in pool.ready_pods()}


def test_a_new_image_rolls_out_without_a_failed_request(pool, steady_load):
    with steady_load(pool) as load:
        load.wait_for_more(50)
        pool.patch(image=SHOP_2)
        wait_until(lambda: images_of(pool) == {SHOP_2}, "all ready pods have the new image", 120)
        pool.wait_until_settled(2)
        load.wait_for_more(100)
    load.assert_no_failure()


def test_live_values_of_a_new_template_are_its_own(pool, kubectl):
    """A generation that changes image and threads: the old pods keep the threads they had."""
    current = {item["metadata"]["name"] for item in kubectl.list("configmaps", pool.selector)}
    live = [name for name in current if "-live-" in name]
    assert len(live) == 1, "the old template's live values went with its last pod"


def test_an_image_that_does_not_import_degrades_and_says_why_while_the_old_pods_serve(pool, steady_load):
    before = {pod["metadata"]["uid"] for pod in pool.ready_pods()}
    with steady_load(pool) as load:
        pool.patch(image=SHOP_BROKEN)
        condition = pool.wait_for("Degraded", "True", "PodsFailing", seconds=180)
        assert "no_such_module" in condition["message"]
        assert {pod["metadata"]["uid"] for pod in pool.ready_pods()} == before
        assert pool.condition("Ready")["status"] == "True"
        load.wait_for_more(50)
        pool.patch(image=SHOP_2)
        pool.wait_for("Degraded", "False")
        pool.wait_until_settled(2)
        assert {pod["metadata"]["uid"] for pod in pool.ready_pods()} == before
    load.assert_no_failure()
