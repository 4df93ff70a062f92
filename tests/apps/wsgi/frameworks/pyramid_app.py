# SPDX-License-Identifier: Apache-2.0
from pyramid.config import Configurator
from pyramid.response import Response


def hello(request):
    return Response(f"Hello, {request.matchdict['name']}!", content_type="text/plain")


def json_sum(request):
    return {"sum": sum(request.json_body["numbers"])}


def form(request):
    return Response(f"{request.POST['name']} is {request.POST['age']}", content_type="text/plain")


def stream(request):
    items = (b"item %d\n" % number for number in range(5))
    return Response(app_iter=items, content_type="text/plain")


def make_application():
    with Configurator() as config:
        config.add_route("hello", "/hello/{name}")
        config.add_view(hello, route_name="hello", request_method="GET")
        config.add_route("json", "/json")
        config.add_view(json_sum, route_name="json", request_method="POST", renderer="json")
        config.add_route("form", "/form")
        config.add_view(form, route_name="form", request_method="POST")
        config.add_route("stream", "/stream")
        config.add_view(stream, route_name="stream", request_method="GET")
        return config.make_wsgi_app()


application = make_application()
