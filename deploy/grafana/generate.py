#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes monoceros.json, the Grafana dashboard, beside itself; --stdout prints it instead.

rows.py says what is on it; here is how that becomes a dashboard. The same input gives the same
bytes. After a change: `helm/copy_files` takes the result into the chart.
"""

import argparse
import json
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models
from rows import ROWS, Panel, Query

OUTPUT = Path(__file__).resolve().parent / "monoceros.json"
SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
HEIGHT = 8


def target(query: Query, letter: str, panel: Panel) -> prometheus.Dataquery:
    made = (
        prometheus.Dataquery()
        .datasource(SOURCE)
        .expr(query.expression)
        .legend_format(query.legend)
        .ref_id(letter)
        .range()
    )
    if panel.heatmap:
        made.format(prometheus_models.PromQueryFormat.HEATMAP)
    if panel.exemplars:
        made.exemplar(True)
    return made


def threshold_lines(panel: Panel, made: timeseries.Panel) -> None:
    steps = [models.Threshold(value=None, color="green")]
    steps += [models.Threshold(value=value, color=color) for value, color in panel.thresholds]
    made.thresholds(
        dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
    ).thresholds_style(
        common.GraphThresholdsStyleConfig().mode(common_models.GraphTresholdsStyleMode.DASHED)
    )


def series(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .min(0)
        .unit(panel.unit)
        .line_width(1)
        .fill_opacity(25 if panel.stacked else 5)
    )
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if panel.thresholds:
        threshold_lines(panel, made)
    return made


def colours(panel: Panel) -> heatmap.Panel:
    """One row of cells for each bucket; the unit is that of the buckets' limits."""
    return (
        heatmap.Panel()
        .y_axis(heatmap.YAxisConfig().unit(panel.unit))
        .unit(panel.unit)
    )


def build_panel(panel: Panel, number: int) -> timeseries.Panel | heatmap.Panel:
    made = colours(panel) if panel.heatmap else series(panel)
    made.id(number).title(panel.title).description(panel.description).datasource(SOURCE)
    made.span(panel.width).height(HEIGHT)
    for letter, query in zip("ABCDEF", panel.queries, strict=False):
        made.with_target(target(query, letter, panel))
    return made


def choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def build() -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard("Monoceros / WorkerPools")
        .uid("monoceros-pools")
        .description("Requests, saturation, time, restarts and pods of WorkerPools, and their operator.")
        .tags(["monoceros", "python", "kubernetes"])
        .readonly()
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(
            choice("namespace", "Namespace", "label_values(monoceros_build_info, namespace)")
        )
        .with_variable(
            choice(
                "pool", "Pool", 'label_values(monoceros_build_info{namespace=~"$namespace"}, pool)'
            )
        )
    )
    number = 0
    for title, panels in ROWS:
        number += 1
        made.with_row(dashboard.Row(title).id(number))
        for panel in panels:
            number += 1
            made.with_panel(build_panel(panel, number))
    return made


def text() -> str:
    return json.dumps(build().build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stdout", action="store_true", help="print it, write no file")
    if parser.parse_args().stdout:
        print(text(), end="")
    else:
        OUTPUT.write_text(text())


if __name__ == "__main__":
    main()
