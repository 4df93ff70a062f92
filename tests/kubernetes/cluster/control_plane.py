# SPDX-License-Identifier: Apache-2.0
"""etcd, kube-apiserver, kube-controller-manager and kube-scheduler."""

import http.client
import ssl
from pathlib import Path

from .authority import Authority
from .network import API_SERVICE_ADDRESS, NODE_ADDRESS, NODE_NAME, SERVICE_SUBNET
from .process import Program, Programs

SERVER = f"https://{NODE_ADDRESS}:6443"
API_NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "localhost",
    "127.0.0.1",
    NODE_ADDRESS,
    API_SERVICE_ADDRESS,
)


class ControlPlane:
    def __init__(self, programs: Programs, binaries: Path, authority: Authority, data: Path):
        self.programs = programs
        self.binaries = binaries
        self.authority = authority
        self.data = data
        self.signing_key = authority.signing_key()
        self.admin = authority.kubeconfig("admin", SERVER, "admin", "system:masters")
        self._admin_pair = authority.issue("probe", "admin", "system:masters")
        self._serving = authority.issue("apiserver", "kube-apiserver", None, API_NAMES)
        self._kubelet_client = authority.issue("kubelet-client", "kube-apiserver", "system:masters")
        self._front_proxy = authority.issue("front-proxy", "front-proxy")

    def start(self) -> None:
        self._start_etcd()
        self.start_apiserver()
        self._start_controllers()

    def _start_etcd(self) -> None:
        client = "http://127.0.0.1:2379"
        etcd = self.programs.start(
            "etcd",
            [
                "etcd", f"--data-dir={self.data / 'etcd'}", f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}", "--listen-peer-urls=http://127.0.0.1:2380",
                # What the tests store may be lost with the machine.
                "--unsafe-no-fsync",
            ],
        )  # fmt: skip
        etcd.wait_until(lambda: answers("127.0.0.1", 2379, "/health"), 30)

    def start_apiserver(self) -> Program:
        authority = self.authority.pair
        apiserver = self.programs.start(
            "kube-apiserver",
            [
                self.binaries / "kube-apiserver",
                "--etcd-servers=http://127.0.0.1:2379",
                "--secure-port=6443",
                f"--advertise-address={NODE_ADDRESS}",
                f"--tls-cert-file={self._serving.certificate}",
                f"--tls-private-key-file={self._serving.key}",
                f"--client-ca-file={authority.certificate}",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-signing-key-file={self.signing_key}",
                f"--service-account-key-file={self.signing_key}",
                f"--service-cluster-ip-range={SERVICE_SUBNET}",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
                "--allow-privileged=true",
                "--enable-aggregator-routing=true",
                f"--requestheader-client-ca-file={authority.certificate}",
                "--requestheader-allowed-names=front-proxy",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                f"--proxy-client-cert-file={self._front_proxy.certificate}",
                f"--proxy-client-key-file={self._front_proxy.key}",
                f"--kubelet-client-certificate={self._kubelet_client.certificate}",
                f"--kubelet-client-key={self._kubelet_client.key}",
                f"--kubelet-certificate-authority={authority.certificate}",
                "--kubelet-preferred-address-types=InternalIP",
                f"--cert-dir={self.data / 'apiserver'}",
            ],
        )
        apiserver.wait_until(self.ready, 120)
        return apiserver

    def ready(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.authority.pair.certificate))
        context.load_cert_chain(self._admin_pair.certificate, self._admin_pair.key)
        return answers(NODE_ADDRESS, 6443, "/readyz", context)

    def _start_controllers(self) -> None:
        authority = self.authority.pair
        manager = self.authority.kubeconfig("controller-manager", SERVER, "system:kube-controller-manager")
        self.programs.start(
            "kube-controller-manager",
            [
                self.binaries / "kube-controller-manager",
                f"--kubeconfig={manager}",
                f"--root-ca-file={authority.certificate}",
                f"--service-account-private-key-file={self.signing_key}",
                "--use-service-account-credentials=true",
                f"--cluster-signing-cert-file={authority.certificate}",
                f"--cluster-signing-key-file={authority.key}",
                "--leader-elect=false",
                # Shorter than in life, so that a test sees a whole cycle.
                "--horizontal-pod-autoscaler-sync-period=5s",
                "--horizontal-pod-autoscaler-downscale-stabilization=20s",
                "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
            ],
        )
        scheduler = self.authority.kubeconfig("scheduler", SERVER, "system:kube-scheduler")
        self.programs.start(
            "kube-scheduler",
            [
                self.binaries / "kube-scheduler",
                f"--kubeconfig={scheduler}",
                f"--authentication-kubeconfig={scheduler}",
                f"--authorization-kubeconfig={scheduler}",
                "--leader-elect=false",
            ],
        )

    def kubelet_kubeconfig(self) -> Path:
        return self.authority.kubeconfig("kubelet", SERVER, f"system:node:{NODE_NAME}", "system:nodes")


def answers(host: str, port: int, path: str, context: ssl.SSLContext | None = None) -> bool:
    """Whether a GET is answered with 200."""
    if context is None:
        connection = http.client.HTTPConnection(host, port, timeout=5)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
