# SPDX-License-Identifier: Apache-2.0
"""Reads /metrics of the agent of a running server."""

import http.client
import re

from prometheus_client import parser
from prometheus_client.openmetrics import parser as open_metrics_parser

from harness.waiting import wait_until

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


LISTENING = re.compile(r"Agent listening at: http://127\.0\.0\.1:(\d+)")


class Metrics:
    """The agent of this server, started with ARGUMENTS; each look is a scrape of its own."""

    ARGUMENTS = ("--agent-bind", "127.0.0.1:0")

    def __init__(self, server):
        listening = wait_until(lambda: LISTENING.search(server.log), "an agent that listens")
        self.port = int(listening[1])

    def scrape(self, query: str = "", **headers: str) -> tuple[str, str]:
        """The Content-Type and the text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/metrics" + query, headers=headers)
            response = connection.getresponse()
            text = response.read().decode()
            assert response.status == 200, f"{response.status}: {text}"
            return response.headers["Content-Type"], text
        finally:
            connection.close()

    def families(self, query: str = "") -> dict:
        """By name, read by prometheus_client's parser of the text format."""
        _, text = self.scrape(query)
        return {family.name: family for family in parser.text_string_to_metric_families(text)}

    def open_metrics(self) -> dict:
        """By name, read by prometheus_client's strict parser of OpenMetrics."""
        kind, text = self.scrape(Accept=OPEN_METRICS)
        assert kind.startswith("application/openmetrics-text"), kind
        found = open_metrics_parser.text_string_to_metric_families(text)
        return {family.name: family for family in found}

    def samples(self, query: str = "") -> dict[tuple, float]:
        """By (name, (label, value), ...)."""
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in self.families(query).values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.samples()[(name, *sorted(labels.items()))]

    def total(self, name: str) -> float:
        """The sum of a name over all its labels."""
        return sum(value for key, value in self.samples().items() if key[0] == name)
