# SPDX-License-Identifier: Apache-2.0
"""A pool is deleted with all that is its own; uninstalling keeps pools and what they run."""

from cluster.kubectl import wait_until
from cluster.pool import fetch


def test_a_deleted_pool_leaves_nothing_behind(make_pool, kubectl):
    pool = make_pool("gone", replicas=1)
    pool.wait_until_settled(1)
    pool.delete()
    pool.wait_until_gone()


def test_uninstalling_keeps_the_pools_and_they_serve_on(make_pool, operator, kubectl):
    pool = make_pool("kept", replicas=1)
    pool.wait_until_settled(1)
    operator.uninstall()
    wait_until(lambda: not operator.pods(), "the operator is gone")
    assert kubectl.get("crd", "workerpools.monoceros.dev")
    assert pool.get()["spec"]["replicas"] == 1
    assert fetch(pool.service_address(), 80, "/")[0] == 200
    operator.install()
    pool.patch(threads=8)
    pool.wait_for("LiveConverged", "True")
