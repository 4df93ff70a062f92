# SPDX-License-Identifier: Apache-2.0
"""Where settings come from, and what the program says about them."""

import re

import pytest
from harness.server import TOP, run


def shown(folder, *arguments, **variables) -> dict[str, tuple[str, str]]:
    """--print-config: each setting's value and source."""
    done = run(folder, *arguments, "--print-config", **variables)
    assert done.returncode == 0, done.stderr
    lines = re.findall(r"^(?:# )?(\w+): (.*?) +# (.*)$", done.stdout, re.MULTILINE)
    return {name: (value, source) for name, value, source in lines}


def test_each_place_overrules_the_one_before(tmp_path):
    folder = tmp_path
    yaml = folder / "monoceros.yaml"
    places = [
        ("1", "default", lambda: shown(folder)),
        ("2", "monoceros.yaml", lambda: yaml.write_text("workers: 2\n") and shown(folder)),
        ("3", "WEB_CONCURRENCY", lambda: shown(folder, WEB_CONCURRENCY="3")),
        (
            "4",
            "MONOCEROS_WORKERS",
            lambda: shown(folder, WEB_CONCURRENCY="3", MONOCEROS_WORKERS="4"),
        ),
        (
            "5",
            "GUNICORN_CMD_ARGS",
            lambda: shown(folder, MONOCEROS_WORKERS="4", GUNICORN_CMD_ARGS="--workers 5"),
        ),
        (
            "6",
            "command line",
            lambda: shown(
                folder, "-w", "6", MONOCEROS_WORKERS="4", GUNICORN_CMD_ARGS="--workers 5"
            ),
        ),
    ]
    for value, source, show in places:
        got, where = show()["workers"]
        assert got == value
        assert source in where


def test_print_config_can_be_read_back(tmp_path):
    done = run(tmp_path, "-w", "3", "-b", ":8001", "-b", "unix:/tmp/x", "--print-config", "a:b")
    (tmp_path / "other.yaml").write_text(done.stdout)
    again = shown(tmp_path, "-c", "other.yaml")
    assert again["workers"][0] == "3"
    assert "unix:/tmp/x" in again["bind"][0]
    assert "a:b" in again["wsgi_app"][0]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--certfile", "x"], "certfile"),
        (["--log-syslog-to", "x:1"], "syslog_addr"),
        (["--reload"], "reload"),
        (["-D"], "daemon"),
        (["--user", "x"], "user"),
        (["--proxy-protocol"], "proxy_protocol"),
    ],
)
def test_a_setting_of_gunicorn_that_is_not_supported_is_refused_by_name(tmp_path, arguments, name):
    for places in (
        {"arguments": arguments, "variables": {}},
        {"arguments": [], "variables": {"GUNICORN_CMD_ARGS": " ".join(arguments)}},
    ):
        done = run(tmp_path, *places["arguments"], "--print-config", **places["variables"])
        assert done.returncode != 0
        assert name in done.stderr
        assert "support" in done.stderr


def test_it_is_refused_in_the_file_and_the_environment_too(tmp_path):
    variable = run(tmp_path, "--print-config", MONOCEROS_CERTFILE="x")
    assert variable.returncode != 0
    assert "certfile" in variable.stderr
    (tmp_path / "monoceros.yaml").write_text("certfile: x\n")
    file = run(tmp_path, "--print-config")
    assert file.returncode != 0
    assert "certfile" in file.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--workers", "many"], "many"),
        (["--workers", "-1"], "workers"),
        (["--timeout", "soon"], "soon"),
        (["--bind", "host:port:more"], "host:port:more"),
        (["--no-such-flag"], "no-such-flag"),
        (["--worker-class", "fast"], "fast"),
        (["--preload=maybe"], "maybe"),
        (["--body-memory", "1 elephant"], "elephant"),
        (["one:application", "two:application"], "two:application"),
        (["-c", "missing.yaml"], "missing.yaml"),
        (["--worker", "2", "--wrokers", "2"], "workers"),
    ],
)
def test_a_bad_setting_is_a_sentence_and_a_status(tmp_path, arguments, says):
    done = run(tmp_path, *arguments, "--print-config")
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") <= 4
    assert done.stdout == ""


def test_no_application_is_said(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert "application" in done.stderr


def test_help_can_be_read(tmp_path):
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    settings = (TOP / "docs" / "settings.md").read_text().partition("## Settings of Gunicorn")[0]
    for flag in re.findall(r"`(--[a-z-]+)[`\[]", settings):
        assert flag in done.stdout, flag


def test_version(tmp_path):
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"monoceros \d+\.\d+\.\d+\n", done.stdout)


def test_the_page_of_settings_is_what_the_program_writes(tmp_path):
    done = run(tmp_path, "--print-settings-doc")
    assert done.stdout == (TOP / "docs" / "settings.md").read_text()


def test_port_binds_to_every_address(tmp_path):
    assert "0.0.0.0:5000" in shown(tmp_path, PORT="5000")["bind"][0]


def test_workers_auto_is_a_number(tmp_path):
    assert int(shown(tmp_path, "-w", "auto")["workers"][0]) >= 1


def test_settings_of_the_environment_reach_the_server(serve):
    server = serve(
        "hello:application", ready=False, variables={"MONOCEROS_MAX_BODY": "10"}
    ).wait_ready(1)
    assert server.get(method="POST", body=b"a" * 11).status == 413


def test_python_m_monoceros_is_the_same_program(tmp_path):
    import subprocess

    from harness.server import BINARY, PYTHON, environment

    package = BINARY.parent.parent / "python"
    done = subprocess.run(
        [PYTHON, "-m", "monoceros", "--version"],
        cwd=tmp_path,
        env=environment(tmp_path, {"PYTHONPATH": str(package)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("monoceros ")
