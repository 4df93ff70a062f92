# SPDX-License-Identifier: Apache-2.0
import json

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from parts import FILE, STREAMS, describe, events

settings.configure(
    SECRET_KEY="for-tests-only-" + "0123456789" * 4,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
)


def hello(request, name):
    return HttpResponse(f"Hello, {name}!", content_type="text/plain")


async def json_sum(request):
    return JsonResponse({"sum": sum(json.loads(request.body)["numbers"])})


def form(request):
    return HttpResponse(f"{request.POST['name']} is {request.POST['age']}")


def upload(request):
    file = request.FILES["file"]
    return JsonResponse(describe(file.name, file.read()))


async def stream(request, name):
    return StreamingHttpResponse(STREAMS[name](), content_type="text/plain")


def file(request):
    return FileResponse(FILE.open("rb"))


async def event_stream(request):
    return StreamingHttpResponse(events(), content_type="text/event-stream")


async def cookies(request):
    response = HttpResponse(request.COOKIES["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    response["X-Answer"] = request.headers["X-Question"]
    return response


async def error(request):
    raise RuntimeError("as told")


urlpatterns = [
    path("hello/<name>", hello),
    path("json", json_sum),
    path("form", form),
    path("upload", upload),
    path("stream/<name>", stream),
    path("file", file),
    path("events", event_stream),
    path("cookies", cookies),
    path("error", error),
]

application = get_asgi_application()
