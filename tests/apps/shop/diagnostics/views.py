# SPDX-License-Identifier: Apache-2.0
"""Pages that load a server in one known way, and one that says whether the shop works."""

import math
import os
import select
import socket
import threading
import time
import uuid

from django.db import connection
from django.db.utils import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_safe

MAX_SECONDS = 5.0
MAX_LIMIT = 500_000


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return JsonResponse({"status": "failing", "database": str(error)}, status=503)
    return JsonResponse({"status": "ok", "database": connection.vendor})


@require_safe
def slow(request: HttpRequest) -> HttpResponse:
    """Waits as for a slow backend: `?seconds=` (0.05), at most five."""
    try:
        seconds = seconds_of(request, "0.05")
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    started = time.monotonic()
    wait_for_backend(seconds)
    return JsonResponse({"asked": seconds, "waited": round(time.monotonic() - started, 4)})


@require_safe
def database_connection(request: HttpRequest) -> HttpResponse:
    """Which connection to PostgreSQL this request has, in which process and thread, and whether it had
    it alone while it waited for `?seconds=` (0): another request would have overwritten the mark."""
    if connection.vendor != "postgresql":
        raise Http404("The database is not PostgreSQL.")
    try:
        seconds = seconds_of(request, "0")
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    mark = uuid.uuid4().hex
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('shop.mark', %s, false), pg_backend_pid()", [mark])
        backend = cursor.fetchone()[1]
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
        cursor.execute("SELECT current_setting('shop.mark'), pg_backend_pid()")
        alone = cursor.fetchone() == (mark, backend)
    return JsonResponse(
        {
            "backend": backend,
            "process": os.getpid(),
            "thread": threading.get_ident(),
            "alone": alone,
        }
    )


def seconds_of(request: HttpRequest, default: str) -> float:
    """`?seconds=`, at most five; ValueError says what is wrong with it."""
    try:
        seconds = float(request.GET.get("seconds", default))
    except ValueError:
        raise ValueError("seconds must be a number.") from None
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("seconds must not be negative.")
    return min(seconds, MAX_SECONDS)


def wait_for_backend(seconds: float) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
        return
    asking, silent = socket.socketpair()
    with asking, silent:
        select.select([asking], [], [], seconds)


@require_safe
def cpu(request: HttpRequest) -> HttpResponse:
    """Keeps one core busy in pure Python: counts the primes below `?limit=` (20000)."""
    try:
        limit = int(request.GET.get("limit", "20000"))
    except ValueError:
        return HttpResponseBadRequest("limit must be a whole number.")
    limit = max(2, min(limit, MAX_LIMIT))
    started = time.thread_time()
    found = count_primes(limit)
    return JsonResponse(
        {"limit": limit, "primes": found, "cpu_seconds": round(time.thread_time() - started, 4)}
    )


def count_primes(limit: int) -> int:
    """How many primes are smaller than `limit`."""
    composite = bytearray(limit)
    found = 0
    for number in range(2, limit):
        if composite[number]:
            continue
        found += 1
        for multiple in range(number * number, limit, number):
            composite[multiple] = 1
    return found
