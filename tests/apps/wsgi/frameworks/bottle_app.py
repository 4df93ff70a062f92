# SPDX-License-Identifier: Apache-2.0
from bottle import Bottle, request, response

application = Bottle()


@application.get("/hello/<name>")
def hello(name):
    response.content_type = "text/plain; charset=utf-8"
    return f"Hello, {name}!"


@application.post("/json")
def json_sum():
    return {"sum": sum(request.json["numbers"])}


@application.post("/form")
def form():
    response.content_type = "text/plain; charset=utf-8"
    return f"{request.forms.name} is {request.forms.age}"


@application.get("/stream")
def stream():
    response.content_type = "text/plain; charset=utf-8"
    return (f"item {number}\n" for number in range(5))
