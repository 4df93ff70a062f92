# SPDX-License-Identifier: Apache-2.0
"""A query by psycopg2 that waits for a lock in the database DATABASE_URL. Says how many of this
process waited at once, itself included, at the most so far."""

import os

import psycopg2

waiting = 0
most = 0


def query(cursor):
    global waiting, most
    waiting += 1
    most = max(most, waiting)
    cursor.execute("SELECT pg_advisory_xact_lock_shared(1)")
    waiting -= 1


def application(environ, start_response):
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        query(connection.cursor())
    finally:
        connection.close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(most).encode()]
