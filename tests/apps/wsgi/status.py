# SPDX-License-Identifier: Apache-2.0
"""/CODE answers with that status, fields that ?length=N and ?close=1 ask for, and a body where one
is allowed; ?body=TEXT changes it."""

from http import HTTPStatus

from query import parameters


def application(environ, start_response):
    code = int(environ["PATH_INFO"].strip("/") or 200)
    asked = parameters(environ)
    body = asked.get("body", "body\n").encode()
    fields = [("Content-Type", "text/plain"), ("ETag", '"version-1"')]
    if code in (204, 304):
        body, fields = b"", fields[1:]
    if "length" in asked:
        fields.append(("Content-Length", asked["length"]))
    if "close" in asked:
        fields.append(("X-Connection-Was", "asked to close"))
    start_response(f"{code} {HTTPStatus(code).phrase}", fields)
    return [body] if body else []
