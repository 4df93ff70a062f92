# SPDX-License-Identifier: Apache-2.0
"""Prometheus with the project's own scrape and rule files, and prometheus-adapter behind the API
server's custom.metrics.k8s.io."""

import base64
import json
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from .control_plane import SERVER, ControlPlane, answers
from .images import TOP
from .network import NODE_ADDRESS
from .process import Programs

FILES = TOP / "deploy" / "prometheus"
PORT = 9090
ADAPTER_PORT = 6444
NAMESPACE = "monitoring"


class Monitoring:
    def __init__(self, programs: Programs, binaries: Path, control_plane: ControlPlane, data: Path):
        self.programs = programs
        self.binaries = binaries
        self.control_plane = control_plane
        self.data = data / "prometheus"

    def start(self) -> None:
        self.data.mkdir()
        self._start_prometheus()
        self._start_adapter()

    def _start_prometheus(self) -> None:
        config = self.data / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()))
        prometheus = self.programs.start(
            "prometheus",
            [
                self.binaries / "prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.data / 'tsdb'}",
                f"--web.listen-address=0.0.0.0:{PORT}", "--enable-feature=exemplar-storage",
            ],
        )  # fmt: skip
        prometheus.wait_until(lambda: answers("127.0.0.1", PORT, "/-/ready"), 30)

    def _config(self) -> dict:
        """The project's scrape configuration, told where the API server is: Prometheus runs beside
        the cluster here and not in it."""
        pair = self.control_plane.authority.issue("prometheus", "prometheus", "system:masters")
        authority = str(self.control_plane.authority.pair.certificate)
        tls = {"ca_file": authority, "cert_file": str(pair.certificate), "key_file": str(pair.key)}
        scrapes = yaml.safe_load((FILES / "scrape.yaml").read_text())["scrape_configs"]
        for scrape in scrapes:
            for discovery in scrape["kubernetes_sd_configs"]:
                discovery["api_server"] = SERVER
                discovery["tls_config"] = tls
        return {
            "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
            "rule_files": [str(FILES / "rules.yaml")],
            "scrape_configs": scrapes,
        }

    def _start_adapter(self) -> None:
        host = f"metrics-adapter.{NAMESPACE}.svc"
        serving = self.control_plane.authority.issue("metrics-adapter", host, None, (host, NODE_ADDRESS))
        kubeconfig = self.control_plane.authority.kubeconfig(
            "metrics-adapter-client", SERVER, "metrics-adapter", "system:masters"
        )
        self.programs.start(
            "prometheus-adapter",
            [
                self.binaries / "adapter",
                f"--prometheus-url=http://127.0.0.1:{PORT}",
                f"--config={FILES / 'adapter-rules.yaml'}",
                "--metrics-relist-interval=10s",
                f"--secure-port={ADAPTER_PORT}",
                f"--tls-cert-file={serving.certificate}",
                f"--tls-private-key-file={serving.key}",
                f"--lister-kubeconfig={kubeconfig}",
                f"--authentication-kubeconfig={kubeconfig}",
                f"--authorization-kubeconfig={kubeconfig}",
            ],
        )

    def manifests(self) -> list[dict]:
        """What tells the API server where the adapter is."""
        name = "metrics-adapter"
        metadata = {"name": name, "namespace": NAMESPACE}
        port = {"name": "https", "port": ADAPTER_PORT, "protocol": "TCP"}
        authority = self.control_plane.authority.pair.certificate.read_text()
        services = [
            {
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {"name": f"{version}.custom.metrics.k8s.io"},
                "spec": {
                    "group": "custom.metrics.k8s.io",
                    "version": version,
                    "groupPriorityMinimum": 100,
                    "versionPriority": priority,
                    "service": {"name": name, "namespace": NAMESPACE, "port": ADAPTER_PORT},
                    "caBundle": _encoded(authority),
                },
            }
            for version, priority in (("v1beta1", 100), ("v1beta2", 200))
        ]
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [port]}},
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": metadata | {"labels": {"kubernetes.io/service-name": name}},
                "addressType": "IPv4",
                "endpoints": [{"addresses": [NODE_ADDRESS], "conditions": {"ready": True}}],
                "ports": [{"name": "https", "port": ADAPTER_PORT, "protocol": "TCP"}],
            },
            *services,
        ]

    def query(self, expression: str) -> list[dict]:
        """The result of an instant query; an expression that Prometheus refuses raises."""
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/v1/query?{query}", timeout=30) as answer:
            return json.load(answer)["data"]["result"]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
