# SPDX-License-Identifier: Apache-2.0
"""The one node: containerd, kubelet and kube-proxy, all with folders and sockets of their own."""

import subprocess
from pathlib import Path

import yaml

from .control_plane import SERVER, ControlPlane, answers
from .network import NODE_ADDRESS, NODE_NAME, POD_SUBNET, write_cni
from .process import Programs

PAUSE_IMAGE = "docker.io/library/monoceros-tests-pause:1"
CNI_PROGRAMS = "/usr/lib/cni"


class Node:
    def __init__(self, programs: Programs, binaries: Path, control_plane: ControlPlane, data: Path, cgroup: str):
        self.programs = programs
        self.binaries = binaries
        self.control_plane = control_plane
        self.data = data
        self.cgroup = cgroup
        self.socket = data / "containerd.sock"
        self.root = data / "containerd"

    def start(self, images: list[Path]) -> None:
        self._start_containerd()
        for image in images:
            self.load(image)
        self._start_kubelet()
        self._start_kube_proxy()

    def _start_containerd(self) -> None:
        write_cni(self.data / "cni")
        config = self.data / "containerd.toml"
        config.write_text(containerd_config(self.root, self.data, self.socket))
        containerd = self.programs.start("containerd", ["containerd", "--config", str(config)])
        containerd.wait_until(lambda: self.ctr("version").returncode == 0, 30)

    def ctr(self, *arguments: str) -> subprocess.CompletedProcess:
        command = ["ctr", "--address", str(self.socket), "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def load(self, archive: Path) -> None:
        done = self.ctr("images", "import", str(archive))
        if done.returncode != 0:
            raise RuntimeError(f"{archive} cannot be imported: {done.stderr}")

    def _start_kubelet(self) -> None:
        serving = self.control_plane.authority.issue(
            "kubelet-serving", f"system:node:{NODE_NAME}", "system:nodes", (NODE_NAME, NODE_ADDRESS)
        )
        config = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(self.control_plane.authority.pair.certificate)},
            },
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": self.cgroup,
            "containerRuntimeEndpoint": f"unix://{self.socket}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "localStorageCapacityIsolation": False,
            "maxOpenFiles": 20000,
            "oomScoreAdj": 0,
            "podLogsDir": str(self.data / "pod-logs"),
            "resolvConf": "",
            "tlsCertFile": str(serving.certificate),
            "tlsPrivateKeyFile": str(serving.key),
            "volumePluginDir": str(self.data / "volume-plugins"),
            "staticPodPath": "",
            # The default looks at ConfigMaps about once a minute; the test of a file that arrives
            # late must not take that long.
            "configMapAndSecretChangeDetectionStrategy": "Watch",
            "syncFrequency": "10s",
            "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            "imageGCHighThresholdPercent": 100,
        }
        path = self.data / "kubelet.yaml"
        path.write_text(yaml.safe_dump(config))
        kubelet = self.programs.start(
            "kubelet",
            [
                self.binaries / "kubelet",
                f"--config={path}",
                f"--kubeconfig={self.control_plane.kubelet_kubeconfig()}",
                f"--root-dir={self.data / 'kubelet'}",
                f"--cert-dir={self.data / 'kubelet-certificates'}",
                f"--hostname-override={NODE_NAME}",
                f"--node-ip={NODE_ADDRESS}",
            ],
        )
        kubelet.wait_until(lambda: answers("127.0.0.1", 10248, "/healthz"), 60)

    def _start_kube_proxy(self) -> None:
        kubeconfig = self.control_plane.authority.kubeconfig("kube-proxy", SERVER, "system:kube-proxy")
        config = {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(kubeconfig)},
            "mode": "iptables",
            "clusterCIDR": POD_SUBNET,
            "hostnameOverride": NODE_NAME,
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        }
        path = self.data / "kube-proxy.yaml"
        path.write_text(yaml.safe_dump(config))
        proxy = self.programs.start("kube-proxy", [self.binaries / "kube-proxy", f"--config={path}"])
        proxy.wait_until(lambda: answers("127.0.0.1", 10256, "/healthz"), 60)


def containerd_config(root: Path, data: Path, socket: Path) -> str:
    return f"""\
version = 2
root = "{root}"
state = "{data}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{data}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""
