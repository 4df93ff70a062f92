# SPDX-License-Identifier: Apache-2.0
"""Every expression of the Grafana dashboard has data in the tests' own Prometheus."""

import json

import pytest
from cluster.images import TOP
from cluster.kubectl import wait_until

DASHBOARD = json.loads((TOP / "deploy" / "grafana" / "monoceros.json").read_text())


def targets(panels: list[dict]) -> list[tuple[str, str]]:
    found = []
    for panel in panels:
        found += targets(panel.get("panels", []))
        found += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    return found


TARGETS = targets(DASHBOARD["panels"])


def filled_in(expression: str) -> str:
    """What Grafana would send with one pool chosen."""
    values = {
        "$__rate_interval": "1m", "${__rate_interval}": "1m", "$__interval": "15s", "$__range": "5m",
        "$cluster": ".*", "$namespace": "default", "$pool": "watched",
    }  # fmt: skip
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression


@pytest.fixture(scope="module")
def pool(make_pool, cluster, steady_load):
    pool = make_pool(
        "watched", replicas=None, autoscaling={"minReplicas": 1, "maxReplicas": 2}, workers=2, threads=4
    )
    pool.wait_until_settled(1)
    with steady_load(pool, rate=60) as load:
        load.wait_for_more(100)
        pool.patch(threads=6)
        pool.wait_for("LiveConverged", "True")
        load.wait_for_more(1500, seconds=120)
        yield pool
    load.assert_no_failure()


def test_the_dashboard_has_expressions():
    assert len(TARGETS) >= 15


@pytest.mark.parametrize(
    "title, expression", TARGETS, ids=[f"{title}-{number}" for number, (title, _) in enumerate(TARGETS)]
)
def test_every_expression_has_data(pool, cluster, title, expression):
    query = filled_in(expression)
    assert "$" not in query, query
    wait_until(lambda: cluster.monitoring.query(query), f"data of {title}: {query}", 60)


def test_the_dashboard_is_installed_where_grafana_looks(operator, kubectl):
    maps = kubectl.list("configmaps", "grafana_dashboard=1", "monoceros-system")
    (text,) = maps[0]["data"].values()
    assert json.loads(text) == DASHBOARD
