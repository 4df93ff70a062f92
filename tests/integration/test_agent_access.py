# SPDX-License-Identifier: Apache-2.0
"""Who may do what over --control-bind and --agent-bind: loopback, tokens, certificates, and pages
of other sites."""

import ssl
import subprocess
from pathlib import Path

import grpc
import pytest
from harness.agent import Agent, Stub, error_of
from harness.waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
PERMISSION_DENIED = grpc.StatusCode.PERMISSION_DENIED
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


class Authority:
    """A certificate authority made by openssl."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.folder = folder
        self._openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                      "-subj /CN=authority -keyout ca.key -out ca.pem")  # fmt: skip
        self.path = folder / "ca.pem"

    def _openssl(self, arguments: str) -> None:
        command = ["openssl", *arguments.split()]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def issue(self, name: str, san: str, days: int = 1) -> tuple[Path, Path]:
        """Certificate and key; with days below 0 one that has expired."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={san}\n")
        self._openssl(f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} "
                      f"-keyout {name}.key -out {name}.csr")  # fmt: skip
        self._openssl(f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
                      f"-days {days} -extfile {name}.ext -out {name}.pem")  # fmt: skip
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def credentials(self, name: str | None = None, san: str = "", days: int = 1):
        """Of a client that trusts this authority."""
        if name is None:
            return grpc.ssl_channel_credentials(self.path.read_bytes())
        certificate, key = self.issue(name, san, days)
        return grpc.ssl_channel_credentials(
            self.path.read_bytes(), key.read_bytes(), certificate.read_bytes()
        )


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def tokens(tmp_path) -> list[str]:
    (tmp_path / "look").write_text("read-token\n")
    (tmp_path / "act").write_text("change-token\n")
    return [
        "--control-read-token-file", str(tmp_path / "look"),
        "--control-change-token-file", str(tmp_path / "act"),
    ]  # fmt: skip


TCP = ("--control-bind", "127.0.0.1:0")


def may(stub) -> tuple[bool, bool]:
    """Whether it may look and change."""

    def allowed(call) -> bool:
        try:
            call()
            return True
        except grpc.RpcError as error:
            assert error.code() in (UNAUTHENTICATED, PERMISSION_DENIED), error
            return False

    return (
        allowed(stub.GetStatus),
        allowed(lambda: stub.Apply(workers=1, dry_run=True)),
    )


# gRPC on TCP.


def test_loopback_without_credentials_is_open(serve, attach):
    agent = attach(serve("hello:application"), *TCP)
    with agent.tcp() as stub:
        assert may(stub) == (True, True)


def test_tokens_decide_who_looks_and_who_changes(serve, attach, tokens):
    agent = attach(serve("hello:application"), *TCP, *tokens)
    for token, rights in {
        None: (False, False),
        "nonsense": (False, False),
        "read-token": (True, False),
        "change-token": (True, True),
    }.items():
        with agent.tcp(token) as stub:
            assert may(stub) == rights, token
    with agent.tcp("read-token") as stub:
        assert error_of(stub.Reload)[0] is PERMISSION_DENIED
        assert next(stub.WatchStatus()).state == "ready"
    with agent.tcp() as stub:
        assert error_of(stub.WatchStatus)[0] is UNAUTHENTICATED
        assert error_of(lambda: stub.DumpStacks(slot=0))[0] is UNAUTHENTICATED
        assert error_of(stub.Drain)[0] is UNAUTHENTICATED
    with agent.local() as stub:
        assert may(stub) == (True, True)


def test_a_token_file_is_read_again_when_it_changes(serve, attach, tokens, tmp_path):
    agent = attach(serve("hello:application"), *TCP, *tokens)
    with agent.tcp("change-token") as old, agent.tcp("next-token") as new:
        assert may(old) == (True, True)
        (tmp_path / "new").write_text("next-token")
        (tmp_path / "new").rename(tmp_path / "act")
        assert may(new) == (True, True)
        assert may(old) == (False, False)


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0"])
def test_beyond_loopback_needs_a_credential(tmp_path, bind):
    (tmp_path / "run").mkdir()
    agent = Agent(tmp_path / "agent", tmp_path / "run", "--control-bind", bind)
    assert agent.process.wait(20) == 1
    assert "can be reached from other machines" in agent.log
    assert "control_change_token_file" in agent.log and "control_tls_client_ca" in agent.log


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--control-change-token-file", "/no/such"), "control_change_token_file: /no/such: No"),
        (("--control-tls-cert", "/no/such"), "belong together"),
        (("--control-tls-cert", "/no/such", "--control-tls-key", "/no/such"), "cannot be read"),
        (
            ("--control-tls-client-ca", "/no/such", "--control-change-sans", "ops.example"),
            "control_tls_client_ca: /no/such cannot be read: No such file or directory; it must be",
        ),
    ],
)
def test_credentials_that_cannot_be_used_are_a_sentence(tmp_path, arguments, sentence):
    (tmp_path / "run").mkdir()
    agent = Agent(tmp_path / "agent", tmp_path / "run", *TCP, *arguments)
    assert agent.process.wait(20) == 1
    assert sentence in agent.log


# mTLS.


def tls(authority: Authority, read: str = "", change: str = "") -> list[str]:
    certificate, key = authority.issue("server", "DNS:localhost")
    arguments = [
        "--control-tls-cert", str(certificate), "--control-tls-key", str(key),
        "--control-tls-client-ca", str(authority.path),
    ]  # fmt: skip
    if read:
        arguments += ["--control-read-sans", read]
    return arguments + (["--control-change-sans", change] if change else [])


def test_names_of_certificates_decide_who_looks_and_who_changes(serve, attach, authority):
    arguments = tls(authority, "look.example,spiffe://pool/look", "ops.example")
    agent = attach(serve("hello:application"), *TCP, *arguments)
    for name, san, rights in [
        ("look", "DNS:look.example", (True, False)),
        ("uri", "URI:spiffe://pool/look", (True, False)),
        ("ops", "DNS:other.example,DNS:ops.example", (True, True)),
        ("stranger", "DNS:stranger.example", (False, False)),
        ("look.example", "DNS:x.example", (False, False)),  # a common name is no name
    ]:
        with agent.tcp(credentials=authority.credentials(name, san)) as stub:
            assert may(stub) == rights, name


def test_wrong_expired_and_missing_certificates_get_nowhere(serve, attach, authority, tmp_path):
    agent = attach(serve("hello:application"), *TCP, *tls(authority, change="ops.example"))
    stranger = Authority(tmp_path / "stranger")
    certificate, key = stranger.issue("ops", "DNS:ops.example")
    foreign = grpc.ssl_channel_credentials(
        authority.path.read_bytes(), key.read_bytes(), certificate.read_bytes()
    )
    expired = authority.credentials("expired", "DNS:ops.example", days=-1)
    for credentials in (foreign, expired, authority.credentials(), None):
        with agent.tcp(credentials=credentials) as stub:
            assert error_of(stub.GetStatus)[0] is UNAVAILABLE
    with agent.tcp(credentials=authority.credentials("ops", "DNS:ops.example")) as stub:
        assert may(stub) == (True, True)


def test_certificates_are_read_again_when_they_change(serve, attach, authority, tmp_path):
    arguments = tls(authority, change="ops.example")
    agent = attach(serve("hello:application"), *TCP, *arguments)
    old_client = authority.credentials("ops", "DNS:ops.example")
    other = Authority(tmp_path / "other")
    certificate, key = other.issue("server", "DNS:localhost")
    new_client = other.credentials("ops", "DNS:ops.example")

    def works(credentials) -> bool:
        with agent.tcp(credentials=credentials) as stub:
            try:
                return stub.GetStatus().state == "ready"
            except grpc.RpcError:
                return False

    assert works(old_client) and not works(new_client)
    for new, name in ((certificate, "server.pem"), (key, "server.key"), (other.path, "ca.pem")):
        (authority.folder / "new").write_bytes(new.read_bytes())
        (authority.folder / "new").rename(authority.folder / name)
    wait_until(lambda: works(new_client), "the new certificates to be used")
    wait_until(lambda: not works(old_client), "the old authority to be refused")


def test_a_client_authority_without_names_is_a_start_error(tmp_path, authority):
    (tmp_path / "run").mkdir()
    agent = Agent(tmp_path / "agent", tmp_path / "run", *TCP, *tls(authority))
    assert agent.process.wait(20) == 1
    assert "nobody may do anything" in agent.log


# A certificate that the agent makes itself.


class Operator:
    """Calls an agent without checking who it is: its certificate is taken as it comes."""

    def __init__(self, agent: Agent):
        self.address = f"127.0.0.1:{agent.control_port}"
        port = agent.control_port
        self.shown = ssl.get_server_certificate(("127.0.0.1", port)).encode()

    def stub(self, pair: tuple[Path, Path] | None) -> Stub:
        certificate, key = (path.read_bytes() for path in pair) if pair else (None, None)
        credentials = grpc.ssl_channel_credentials(self.shown, key, certificate)
        options = [("grpc.ssl_target_name_override", "monoceros-agent")]
        return Stub(grpc.secure_channel(self.address, credentials, options))

    def gets_in(self, pair: tuple[Path, Path] | None) -> bool:
        with self.stub(pair) as stub:
            try:
                return stub.GetStatus().state == "ready"
            except grpc.RpcError as error:
                assert error.code() is UNAVAILABLE, error
                return False


def demanding(authority: Authority) -> list[str]:
    return ["--control-tls-client-ca", str(authority.path),
            "--control-change-sans", "operator.example"]  # fmt: skip


def test_without_a_certificate_the_agent_makes_its_own(serve, attach, authority):
    arguments = ["--control-bind", "0.0.0.0:0", *demanding(authority)]
    agent = attach(serve("hello:application"), *arguments)
    operator = Operator(agent)
    with operator.stub(authority.issue("operator", "DNS:operator.example")) as stub:
        assert may(stub) == (True, True)
    with operator.stub(authority.issue("other", "DNS:other.example")) as stub:
        assert may(stub) == (False, False)
        assert error_of(lambda: stub.Apply(workers=1))[0] is PERMISSION_DENIED
    assert "has no TLS" not in agent.log


def test_each_agent_makes_another_certificate(serve, attach, authority, tmp_path):
    server = serve("hello:application")
    first = Operator(attach(server, *TCP, *demanding(authority))).shown
    (tmp_path / "empty").mkdir()
    other = Agent(tmp_path / "other", tmp_path / "empty", *TCP, *demanding(authority))
    try:
        assert Operator(other).shown != first
    finally:
        other.stop()


def test_a_made_certificate_lets_in_whom_a_given_one_does(serve, attach, authority, tmp_path):
    agent = attach(serve("hello:application"), *TCP, *demanding(authority))
    operator = Operator(agent)
    assert operator.gets_in(authority.issue("operator", "DNS:operator.example"))
    assert not operator.gets_in(None)
    assert not operator.gets_in(authority.issue("old", "DNS:operator.example", days=-1))
    stranger = Authority(tmp_path / "stranger")
    assert not operator.gets_in(stranger.issue("operator", "DNS:operator.example"))
    with agent.tcp() as plain:
        assert error_of(plain.GetStatus)[0] is UNAVAILABLE


def test_an_authority_is_followed_as_kubernetes_replaces_it(serve, attach, authority, tmp_path):
    """Through symbolic links that are exchanged, from an empty file to two authorities to one."""
    other = Authority(tmp_path / "other")
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "ca.crt").symlink_to("..data/ca.crt")

    def publish(name: str, content: bytes) -> None:
        (volume / name).mkdir()
        (volume / name / "ca.crt").write_bytes(content)
        (volume / "new").symlink_to(name)
        (volume / "new").rename(volume / "..data")

    publish("1", b"")
    arguments = ["--control-tls-client-ca", str(volume / "ca.crt"),
                 "--control-change-sans", "operator.example"]  # fmt: skip
    agent = attach(serve("hello:application"), *TCP, *arguments)
    first = authority.issue("operator", "DNS:operator.example")
    second = other.issue("operator", "DNS:operator.example")
    with agent.tcp() as plain:
        assert error_of(plain.GetStatus)[0] is UNAVAILABLE
    agent.wait_for_log("holds no certificate yet")
    publish("2", other.path.read_bytes() + authority.path.read_bytes())

    def certificate_shown() -> bool:
        try:
            Operator(agent)
            return True
        except OSError:
            return False

    wait_until(certificate_shown, "the agent to accept connections")
    operator = Operator(agent)
    wait_until(lambda: operator.gets_in(first), "the first authority to be trusted")
    assert operator.gets_in(second)
    publish("3", other.path.read_bytes())
    wait_until(lambda: not operator.gets_in(first), "the first authority to be forgotten")
    assert operator.gets_in(second)


# HTTP.


def test_http_changes_need_the_change_token_and_reads_the_read_token(serve, attach, tokens):
    agent = attach(serve("hello:application"), *tokens).wait_http()
    look = {"Authorization": "Bearer read-token"}
    act = {"Authorization": "Bearer change-token"}
    assert agent.http("GET", "/metrics")[0] == 200
    assert agent.http("GET", "/")[0] == 200
    assert agent.http("GET", "/api/status")[0] == 401
    assert agent.http("GET", "/api/events")[0] == 401
    assert agent.http("GET", "/api/stacks?slot=0")[0] == 401
    assert agent.http("GET", "/api/status", **look)[0] == 200
    assert agent.http("POST", "/api/apply", {"workers": 2})[0] == 401
    assert agent.http("POST", "/api/apply", {"workers": 2}, **look)[0] == 403
    status, _, body = agent.http("POST", "/api/apply", {"workers": 2}, **act)
    assert status == 200 and b"2 workers" in body


def test_http_changes_come_from_the_own_page_only(serve, attach):
    agent = attach(serve("hello:application")).wait_http()
    change = {"workers": 1}
    assert agent.http("POST", "/api/apply", change)[0] == 200
    own = {"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin"}
    assert agent.http("POST", "/api/apply", change, **own)[0] == 200
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": "null"},
        {"Content_Type": "text/plain"},
    ):
        assert agent.http("POST", "/api/apply", change, **headers)[0] == 403, headers
    assert agent.http("POST", "/api/apply", change, Host="rebound.example")[0] == 421
    assert agent.http("GET", "/api/status", Host="rebound.example")[0] == 421


def test_http_errors_are_typed_json(serve, attach):
    agent = attach(serve("hello:application")).wait_http()
    for target, body, expected, code in [
        ("/api/apply", {"workers": 10**6}, 400, b"invalid_argument"),
        ("/api/apply", {"wrokers": 1}, 400, b"invalid_argument"),
        ("/api/apply", b"{", 400, b"invalid_argument"),
        ("/api/nonsense", {}, 404, b"not_found"),
    ]:
        status, headers, answer = agent.http(
            "POST", target, body, **{"Content-Type": "application/json"}
        )
        assert (status, headers["Content-Type"]) == (expected, "application/json"), target
        assert code in answer
    assert agent.http("GET", "/api/stacks")[0] == 400
    assert agent.http("GET", "/nonsense")[0] == 404
    assert agent.http("DELETE", "/")[0] == 405


def test_the_page_brings_its_security_headers(serve, attach):
    _, headers, body = attach(serve("hello:application")).wait_http().http("GET", "/")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    assert body.lstrip().lower().startswith(b"<!doctype html>")
