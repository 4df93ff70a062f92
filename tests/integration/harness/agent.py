# SPDX-License-Identifier: Apache-2.0
"""Starts monoceros-agent beside a server, and speaks gRPC to it. The messages are made from
control.proto by protoc, which the build needs too."""

import functools
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf import duration_pb2, timestamp_pb2  # noqa: F401  (what control.proto imports)

from harness.server import BINARY, TOP, environment
from harness.waiting import DEADLINE, wait_until

AGENT = BINARY.with_name("monoceros-agent")
SERVICE = "monoceros.control.v1.Control"


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(
            ["protoc", f"--proto_path={TOP / 'proto'}", f"--descriptor_set_out={file.name}",
             "monoceros/control/v1/control.proto"],
            check=True,
        )  # fmt: skip
        files = descriptor_pb2.FileDescriptorSet.FromString(Path(file.name).read_bytes())
    pool = descriptor_pool.Default()
    for each in files.file:
        pool.Add(each)
    return pool


def message(name: str, **fields):
    """A message of control.proto."""
    kind = _pool().FindMessageTypeByName(f"monoceros.control.v1.{name}")
    return message_factory.GetMessageClass(kind)(**fields)


class Stub:
    """Calls by name: stub.GetStatus(detail=True). Streams are iterators of messages."""

    def __init__(self, channel: grpc.Channel, token: str | None = None):
        self.channel = channel
        self.metadata = [("authorization", f"Bearer {token}")] if token else []
        self.methods = _pool().FindServiceByName(SERVICE).methods_by_name

    def __enter__(self) -> "Stub":
        return self

    def __exit__(self, *exc_info) -> None:
        self.channel.close()

    def __getattr__(self, name: str) -> Callable:
        method = self.methods[name]
        start = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        call = start(
            f"/{SERVICE}/{name}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )

        def run(timeout: float = 60.0, **fields):
            request = message_factory.GetMessageClass(method.input_type)(**fields)
            return call(request, timeout=timeout, metadata=self.metadata)

        return run


def error_of(call: Callable) -> tuple[grpc.StatusCode, str]:
    """The error that `call` ends with; AssertionError when it does not."""
    try:
        answer = call()
        if not hasattr(answer, "DESCRIPTOR"):
            answer = list(answer)
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError(f"no error, but {answer}")


class Agent:
    """One monoceros-agent over a run directory, with HTTP and gRPC on free ports of loopback. What
    it writes is in `log`."""

    def __init__(self, folder: Path, run_dir: Path, *arguments: str):
        folder.mkdir(exist_ok=True)
        (folder / "tmp").mkdir(exist_ok=True)
        self.run_dir = run_dir
        self.path = folder / "agent.log"
        self.http_socket = folder / "http.sock"
        command = [str(AGENT), "--run-dir", str(run_dir), *arguments]
        if "--agent-bind" not in arguments:
            command += ["--agent-bind", f"unix:{self.http_socket}"]
        with self.path.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment(folder, {}), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def log(self) -> str:
        return self.path.read_text(errors="replace")

    def wait_for_log(self, text: str) -> str:
        wait_until(lambda: text in self.log, f"{text!r} in the agent's log: {self.log}")
        return self.log

    @property
    def control_port(self) -> int:
        text = self.wait_for_log("(port ")
        return int(text.split("(port ")[1].split(")")[0])

    def local(self) -> Stub:
        """Over control.sock, once it is there."""
        path = self.run_dir / "control.sock"
        wait_until(path.exists, f"{path}; {self.log}")
        folder = os.open(self.run_dir, os.O_PATH)
        stub = Stub(grpc.insecure_channel(f"unix:/proc/{os.getpid()}/fd/{folder}/control.sock"))
        grpc.channel_ready_future(stub.channel).result(DEADLINE)
        return stub

    def tcp(self, token: str | None = None, credentials: grpc.ChannelCredentials | None = None):
        """Over --control-bind."""
        address = f"localhost:{self.control_port}"
        if credentials is None:
            return Stub(grpc.insecure_channel(address), token)
        return Stub(grpc.secure_channel(address, credentials), token)

    def http(self, method: str, target: str, body=None, **headers: str) -> tuple[int, dict, bytes]:
        """One HTTP exchange: status, header fields, body."""
        connection = _UnixConnection(self.http_socket)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, target, body=body, headers=fields)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def wait_http(self) -> "Agent":
        wait_until(self._listens, f"the agent's socket; {self.log}")
        return self

    def _listens(self) -> bool:
        """Its file is there a moment before it listens."""
        connection = _UnixConnection(self.http_socket)
        try:
            connection.connect()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    def stop(self) -> None:
        """Ends it, whatever state it is in."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))
