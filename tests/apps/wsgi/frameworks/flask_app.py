# SPDX-License-Identifier: Apache-2.0
from flask import Flask, Response, jsonify, request

application = Flask(__name__)


@application.get("/hello/<name>")
def hello(name):
    return f"Hello, {name}!"


@application.post("/json")
def json_sum():
    return jsonify(sum=sum(request.get_json()["numbers"]))


@application.post("/form")
def form():
    return f"{request.form['name']} is {request.form['age']}"


@application.get("/stream")
def stream():
    return Response((f"item {number}\n" for number in range(5)), mimetype="text/plain")
