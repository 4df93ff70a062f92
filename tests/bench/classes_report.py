# SPDX-License-Identifier: Apache-2.0
"""The page, the JSON and the plots of the sweep over worker classes."""

from operator import itemgetter
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from tables import write_json

NAME = "worker_classes_benchmarks"
# Values that differ by more than this factor are drawn on a logarithmic axis.
WIDE = 8
# The same picture from the same numbers, byte for byte.
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = NAME
# One colour for a class in every plot.
COLOURS = {
    "sync": "#4c566a",
    "gthread": "#2a78d6",
    "gevent": "#1baf7a",
    "eventlet": "#8fbc5a",
    "asgi": "#d6462a",
    "tornado": "#b06fc9",
}


def write_report(folder: Path, results: dict) -> Path:
    """Returns where the page is."""
    write_json(folder / f"{NAME}.json", results)
    plots = folder / "plots"
    plots.mkdir(exist_ok=True)
    for workload in results["workloads"]:
        draw(plots / f"worker-classes-{workload['name']}.svg", workload, results["clients"])
    page = folder / f"{NAME}.md"
    page.write_text("\n".join(lines(results)) + "\n")
    return page


def lines(results: dict) -> list[str]:
    environment = results["environment"]
    written = [
        "# Worker classes, measured",
        "",
        "Written by `make bench-classes`; the numbers are in the JSON file beside this page. "
        f"{results['workers']} workers of each class, {environment['seconds']:g} s for each number "
        f"of clients, client and server on the same {environment['cpus']} cores "
        f"({environment['cpu_model']}), Linux {environment['kernel']}, Python "
        f"{environment['python']}, {environment['date']}. A client sends its next request when "
        "it has the answer to the last. Throughput and CPU are those of answers with status 2xx; the "
        "number of other answers and of connections that failed is in parentheses. p99 knows only "
        "what was answered before the end of the measurement.",
    ]
    for workload in results["workloads"]:
        written += ["", f"## {workload['title']}", ""]
        written += [f"![throughput and p99](plots/worker-classes-{workload['name']}.svg)", ""]
        written += table("requests/s", workload, results["clients"], "per_second", 0)
        written += ["", *table("p99 ms", workload, results["clients"], "p99_ms", 1)]
        written += ["", *table("CPU µs/request", workload, results["clients"], "cpu_us", 0)]
    return written + ["", "## Options", "", *options(results)]


def table(title: str, workload: dict, clients: tuple, key: str, digits: int) -> list[str]:
    written = [
        f"| {title} | " + " | ".join(f"{count} clients" for count in clients) + " |",
        "|---" * (len(clients) + 1) + "|",
    ]
    for row in workload["rows"]:
        cells = [cell(measured, key, digits) for measured in row["measured"]]
        cells += [row.get("failure", "–")] * (len(clients) - len(cells))
        written.append(f"| {row['class']} | " + " | ".join(cells) + " |")
    return written


def cell(measured: dict, key: str, digits: int) -> str:
    text = f"{measured[key]:,.{digits}f}"
    return f"{text} ({measured['errors']:,})" if measured["errors"] else text


def options(results: dict) -> list[str]:
    shown = {row["class"]: row["options"] for each in results["workloads"] for row in each["rows"]}
    return [f"- `{text}`" for text in shown.values()]


def draw(path: Path, workload: dict, clients: tuple) -> None:
    figure, (throughput, latency) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    figure.suptitle(workload["title"])
    for row in filter(itemgetter("measured"), workload["rows"]):
        style = {"label": row["class"], "color": COLOURS[row["class"]], "marker": "o"}
        counts = [measured["clients"] for measured in row["measured"]]
        throughput.plot(counts, [each["per_second"] for each in row["measured"]], **style)
        latency.plot(counts, [each["p99_ms"] for each in row["measured"]], **style)
    for axes, title in ((throughput, "requests/s"), (latency, "p99 in ms")):
        # Logarithmic where the classes are far apart; else small differences would look large.
        low, high = axes.dataLim.intervaly
        if high > WIDE * low:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.set(title=title, xlabel="clients", xscale="log")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xticks(clients, [str(count) for count in clients])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    throughput.legend()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
