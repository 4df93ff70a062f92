# SPDX-License-Identifier: Apache-2.0
"""Writes what was measured as JSON and as a page of Markdown tables."""

import json
from pathlib import Path

HEADINGS = {
    "per_second": ("requests/s", 0),
    "cpu_us": ("CPU µs/request", 1),
    "p50_ms": ("p50 ms", 2),
    "p99_ms": ("p99 ms", 2),
    "pss_mib": ("PSS MiB", 1),
    "errors": ("errors", 0),
    "fast_per_second": ("fast requests/s", 0),
    "fast_p50_ms": ("fast p50 ms", 2),
    "fast_p99_ms": ("fast p99 ms", 2),
    "slow_p50_ms": ("slow p50 ms", 2),
    "slow_per_second": ("slow pages/s", 1),
    "idle": ("idle connections", 0),
    "router_bytes_each": ("router bytes each", 0),
    "bytes_each": ("all bytes each", 0),
    "alone_per_second": ("requests/s alone", 0),
    "beside_per_second": ("requests/s beside", 0),
    "beside_p99_ms": ("p99 ms beside", 2),
}

# What the others of a scenario are compared with.
BASES = ("granian", "uvicorn", "gunicorn gevent", "monoceros accounting off")


def read_json(path: Path) -> dict:
    return json.loads(path.read_text()) if path.exists() else {"missing": [], "scenarios": []}


def write_json(path: Path, results: dict) -> None:
    path.write_text(json.dumps(results, indent=2) + "\n")


def write_markdown(path: Path, results: dict) -> None:
    path.write_text("\n".join(page(results)) + "\n")


def page(results: dict) -> list[str]:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; the numbers of every round are in the JSON file beside this page. "
        "In each round all servers take their turn, each started anew; the tables hold medians. "
        "Client and server share the same cores. Access logs are off, the application is preloaded "
        "where the server can. CPU and PSS are of all processes of a server. A number in "
        "parentheses is the ratio to that of the row with (1.00).",
    ]
    for scenario in results["scenarios"]:
        lines += ["", f"## {scenario['title']}", "", f"Aim: {scenario['aim']}.", ""]
        lines += table(scenario)
        lines += ["", circumstances(scenario["environment"])]
    lines += ["", "## Versions, parsers, options", "", *options(results)]
    if results["missing"]:
        lines += ["", "Left out:", "", *(f"- {reason}" for reason in results["missing"])]
    return lines


def circumstances(environment: dict) -> str:
    return (
        f"{environment['date']}: {environment['rounds']} rounds of {environment['seconds']:g} s, "
        f"{environment['cpus']} cores ({environment['cpu_model']}), Linux {environment['kernel']}, "
        f"Python {environment['python']}."
    )


def table(scenario: dict) -> list[str]:
    columns = scenario["columns"]
    base = next((row.get("median", {}) for row in scenario["rows"] if row["server"] in BASES), {})
    lines = [
        "| server | " + " | ".join(HEADINGS[column][0] for column in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for row in scenario["rows"]:
        if "failure" in row:
            lines.append(f"| {row['server']} | {row['failure']} |" + " |" * (len(columns) - 1))
            continue
        cells = [cell(column, row["median"].get(column), base) for column in columns]
        lines.append(f"| {row['server']} | " + " | ".join(cells) + " |")
    return lines


def cell(column: str, value: float | None, base: dict) -> str:
    if value is None:
        return "–"
    text = f"{value:,.{HEADINGS[column][1]}f}"
    reference = base.get(column)
    if column == "errors" or not reference:
        return text
    return f"{text} ({value / reference:.2f})"


def options(results: dict) -> list[str]:
    lines = [
        "| scenario | server | version | HTTP parser | options | note |",
        "|---|---|---|---|---|---|",
    ]
    for scenario in results["scenarios"]:
        for row in scenario["rows"]:
            lines.append(
                f"| {scenario['name']} | {row['server']} | {row['version']} | {row['parser']} "
                f"| `{row['options']}` | {row['note']} |"
            )
    return lines
