# SPDX-License-Identifier: Apache-2.0
"""What is on the dashboard, row by row: the questions in the order in which they are asked.

The pools' metrics are in docs/metrics.md; `namespace`, `pool` and `pod` are labels that the scrape
adds (deploy/prometheus/scrape.yaml).
"""

from dataclasses import dataclass, field

SELECTED = 'namespace=~"$namespace",pool=~"$pool"'
POOL = "{{namespace}}/{{pool}}"
CONTROLLER = 'controller="workerpool"'


@dataclass(frozen=True)
class Query:
    expression: str
    legend: str


@dataclass(frozen=True)
class Panel:
    title: str
    description: str
    unit: str  # one of Grafana's: reqps, s, percentunit, short, ...
    queries: list[Query]
    width: int = 8  # of 24
    stacked: bool = False
    heatmap: bool = False
    exemplars: bool = False
    thresholds: list[tuple[float, str]] = field(default_factory=list)


def value(metric: str, *labels: str) -> str:
    return f"{metric}{{{','.join((SELECTED, *labels))}}}"


def rate(metric: str, *labels: str) -> str:
    return f"rate({value(metric, *labels)}[$__rate_interval])"


def total(what: str, by: str = "namespace, pool") -> str:
    return f"sum by ({by}) ({what})"


def quantile(q: float, metric: str, *labels: str) -> str:
    return f"histogram_quantile({q}, {total(rate(metric + '_bucket', *labels), 'le')})"


def share(part: str, whole: str) -> str:
    return f"{total(part)} / {total(whole)}"


REQUESTS = [
    Panel(
        "Requests",
        "Requests a second that ended, by class of their status; none: the client left before there "
        "was a response.",
        "reqps",
        [Query(total(rate("monoceros_requests_total"), "status_class"), "{{status_class}}")],
        stacked=True,
    ),
    Panel(
        "Errors",
        "Share of the requests that ended with a status of 500 or above.",
        "percentunit",
        [
            Query(
                share(
                    rate("monoceros_requests_total", 'status_class="5xx"'),
                    rate("monoceros_requests_total"),
                ),
                POOL,
            )
        ],
    ),
    Panel(
        "Requests not served",
        "Requests a second that were shed because the queue was full, whose worker died, whose client "
        "left while they waited, and that were refused as malformed. Shed: scale out. Disrupted: see "
        "the restarts.",
        "reqps",
        [
            Query(total(rate("monoceros_requests_shed_total"), "pool"), "{{pool}} shed"),
            Query(total(rate("monoceros_requests_disrupted_total"), "pool"), "{{pool}} disrupted"),
            Query(total(rate("monoceros_requests_abandoned_total"), "pool"), "{{pool}} abandoned"),
            Query(total(rate("monoceros_requests_refused_total"), "pool"), "{{pool}} refused"),
        ],
    ),
    Panel(
        "Latency",
        "What clients wait for, but for the network: from the complete request to the last byte given "
        "to the kernel.",
        "s",
        [
            Query(quantile(0.5, "monoceros_request_duration_seconds"), "p50"),
            Query(quantile(0.95, "monoceros_request_duration_seconds"), "p95"),
            Query(quantile(0.99, "monoceros_request_duration_seconds"), "p99"),
        ],
        width=12,
        exemplars=True,
    ),
    Panel(
        "Latency, all of it",
        "How many requests a second took how long. Two bands: two kinds of requests.",
        "s",
        [Query(total(rate("monoceros_request_duration_seconds_bucket"), "le"), "{{le}}")],
        width=12,
        heatmap=True,
    ),
]

CAPACITY = [
    Panel(
        "Saturation",
        "How close pools are to their limit; autoscaling follows the mean of the pods. Its usual "
        "target is 60 %; above 100 % requests wait.",
        "percentunit",
        [
            Query(f"avg by (namespace, pool) ({value('monoceros_saturation_ratio')})", POOL),
            Query(
                f"max by (namespace, pool) ({value('monoceros_saturation_ratio')})",
                POOL + " busiest pod",
            ),
        ],
        thresholds=[(0.6, "orange"), (1, "red")],
    ),
    Panel(
        "Queue",
        "Requests that wait for a worker now. Not 0 for long: more workers, threads or pods.",
        "short",
        [Query(total(value("monoceros_queue_depth")), POOL)],
    ),
    Panel(
        "Time in the queue",
        "How long requests waited for a worker.",
        "s",
        [
            Query(quantile(0.5, "monoceros_request_phase_seconds", 'phase="queue"'), "p50"),
            Query(quantile(0.95, "monoceros_request_phase_seconds", 'phase="queue"'), "p95"),
        ],
    ),
    Panel(
        "Occupancy",
        "Share of the serving threads' time in which they ran requests. High with little GIL wait: "
        "add threads. High with much GIL wait: add workers.",
        "percentunit",
        [
            Query(
                share(rate("monoceros_busy_seconds_total"), rate("monoceros_slot_seconds_total")),
                POOL,
            )
        ],
    ),
    Panel(
        "Busy slots",
        "Requests that run now, and that could run at once, in all pods.",
        "short",
        [
            Query(total(value("monoceros_slots_busy")), POOL + " busy"),
            Query(total(value("monoceros_slots")), POOL + " usable"),
        ],
    ),
    Panel(
        "Busiest worker",
        "Of the busiest worker the share of time that its GIL was held at most (thread classes) or "
        "its event loop was busy (loop classes). Near 100 %: more workers; more threads cannot help.",
        "percentunit",
        [
            Query(
                f"max by (namespace, pool) ({value('monoceros_gil_utilisation_ratio')})", POOL + " GIL"
            ),
            Query(
                f"max by (namespace, pool) ({value('monoceros_loop_utilisation_ratio')})",
                POOL + " loop",
            ),
        ],
    ),
]

TIME = [
    Panel(
        "Where the time of requests goes",
        "Seconds a second that requests spent in each phase. queue: waited for a worker. gil_wait: for "
        "the GIL. run_queue: for a core. cpu: computed. other: I/O, locks, sleep. write: the client or "
        "the network was slow.",
        "s",
        [Query(total(rate("monoceros_request_phase_seconds_sum"), "phase"), "{{phase}}")],
        width=12,
        stacked=True,
    ),
    Panel(
        "GIL wait",
        "Share of the busy time in which requests waited for the GIL. Above 20 % threads hinder each "
        "other: fewer threads, more workers.",
        "percentunit",
        [
            Query(
                share(
                    rate("monoceros_request_phase_seconds_sum", 'phase="gil_wait"'),
                    rate("monoceros_busy_seconds_total"),
                ),
                POOL,
            )
        ],
        width=12,
        thresholds=[(0.2, "orange")],
    ),
    Panel(
        "CPU",
        "Cores in use, and seconds a second in which threads of the workers could have run but had no "
        "core.",
        "short",
        [
            Query(total(rate("monoceros_cpu_seconds_total"), "process"), "{{process}}"),
            Query(total(rate("monoceros_run_queue_seconds_total"), "pool"), "{{pool}} without a core"),
        ],
        width=12,
    ),
    Panel(
        "Throttling",
        "Share of the scheduling periods in which a pod hit its CPU limit. More than a few per cent: "
        "requests stand still for parts of 100 ms; raise the limit.",
        "percentunit",
        [
            Query(
                share(
                    rate("monoceros_cgroup_cpu_throttled_periods_total"),
                    rate("monoceros_cgroup_cpu_periods_total"),
                ),
                POOL,
            )
        ],
        width=12,
    ),
]

INCIDENTS = [
    Panel(
        "Time limits",
        "Time limits of clients that passed, a second. queue: the pool is too small; the others: slow "
        "or hostile clients.",
        "cps",
        [Query(total(rate("monoceros_client_timeouts_total"), "kind"), "{{kind}}")],
    ),
    Panel(
        "Restarts of workers",
        "Workers that ended within the interval, by reason. crash, out_of_memory, timeout and "
        "boot_timeout are failures (see the pod's log); the others are wanted.",
        "short",
        [
            Query(
                total(
                    f"increase({value('monoceros_worker_restarts_total')}[$__rate_interval])", "reason"
                ),
                "{{reason}}",
            )
        ],
    ),
    Panel(
        "Stalled loops",
        "Event loops that did not turn for the time limit, a second: a blocking call is in their way.",
        "cps",
        [Query(total(rate("monoceros_worker_stalls_total")), POOL)],
    ),
    Panel(
        "Live state",
        "Pods whose server has the wanted live values, is on its way to them, or went back to the "
        "values before because they failed.",
        "short",
        [Query(total(value("monoceros_live_state"), "state"), "{{state}}")],
    ),
    Panel(
        "Memory",
        "Resident memory of all pods by process, and the greatest worker. Much above the mean: a leak "
        "in some request.",
        "bytes",
        [
            Query(total(value("monoceros_resident_memory_bytes"), "process"), "{{process}}"),
            Query(
                f"max by (pool) ({value('monoceros_worker_resident_memory_max_bytes')})",
                "{{pool}} greatest worker",
            ),
        ],
    ),
    Panel(
        "Age of heartbeats",
        "Time since the master and the router last showed that they live, the oldest of all pods. "
        "Above 5 s one of them hangs or is stopped.",
        "s",
        [Query(f"max by (process) ({value('monoceros_heartbeat_age_seconds')})", "{{process}}")],
    ),
]

PODS = [
    Panel(
        "Pods",
        "Pods wanted, and pods that serve, as the operator sees them.",
        "short",
        [
            Query(
                total(value("monoceros_operator_pool_replicas"), "namespace, pool, state"),
                POOL + " {{state}}",
            )
        ],
    ),
    Panel(
        "Workers",
        "Worker processes wanted, and those that live by their state, in all pods.",
        "short",
        [
            Query(total(value("monoceros_workers_wanted"), "pool"), "{{pool}} wanted"),
            Query(total(value("monoceros_workers"), "pool, state"), "{{pool}} {{state}}"),
        ],
    ),
    Panel(
        "Threads of a worker",
        "Serving threads wanted in each worker; two lines for one pool: its pods do not agree (yet).",
        "short",
        [
            Query(f"min by (namespace, pool) ({value('monoceros_threads_wanted')})", POOL + " least"),
            Query(f"max by (namespace, pool) ({value('monoceros_threads_wanted')})", POOL + " most"),
        ],
    ),
]

OPERATOR = [
    Panel(
        "Reconciliations",
        "Passes over a pool a second, by how they ended.",
        "ops",
        [
            Query(
                "sum by (result) (rate(controller_runtime_reconcile_total"
                f"{{{CONTROLLER}}}[$__rate_interval]))",
                "{{result}}",
            )
        ],
    ),
    Panel(
        "Reconcile errors",
        "Passes a second that failed and are tried again; the operator's log and the pools' "
        "conditions say why.",
        "ops",
        [
            Query(
                "sum(rate(controller_runtime_reconcile_errors_total"
                f"{{{CONTROLLER}}}[$__rate_interval]))",
                "errors",
            )
        ],
    ),
    Panel(
        "Time of a reconciliation",
        "How long passes took.",
        "s",
        [
            Query(
                f"histogram_quantile({q}, sum by (le) (rate(controller_runtime_reconcile_time_seconds"
                f"_bucket{{{CONTROLLER}}}[$__rate_interval])))",
                name,
            )
            for q, name in ((0.5, "p50"), (0.95, "p95"))
        ],
    ),
    Panel(
        "Pools that wait",
        "Depth of the work queue. Not 0 for long: passes fail, or the API server is slow.",
        "short",
        [Query('sum by (name) (workqueue_depth{name="workerpool"})', "{{name}}")],
    ),
    Panel(
        "API requests",
        "Requests to the API server a second, by status. 409: somebody else writes the same object; "
        "429: the API server slows the operator down.",
        "reqps",
        [
            Query(
                "sum by (code) (rate(rest_client_requests_total"
                '{job=~".*monoceros-operator.*"}[$__rate_interval]))',
                "{{code}}",
            )
        ],
        stacked=True,
    ),
    Panel(
        "Leader",
        "Operators that act: exactly 1. 0 for a short while: a new one takes over.",
        "short",
        [Query('sum(leader_election_master_status{name="monoceros-operator"})', "leading")],
    ),
]

ROWS = [
    ("Requests", REQUESTS),
    ("Capacity", CAPACITY),
    ("Where time goes", TIME),
    ("Incidents", INCIDENTS),
    ("Pods, workers, threads", PODS),
    ("Operator", OPERATOR),
]
