# SPDX-License-Identifier: Apache-2.0
import json

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="for-tests-only-" + "0123456789" * 4, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]
)


def hello(request, name):
    return HttpResponse(f"Hello, {name}!", content_type="text/plain")


def json_sum(request):
    return JsonResponse({"sum": sum(json.loads(request.body)["numbers"])})


def form(request):
    text = f"{request.POST['name']} is {request.POST['age']}"
    return HttpResponse(text, content_type="text/plain")


def stream(request):
    items = (f"item {number}\n" for number in range(5))
    return StreamingHttpResponse(items, content_type="text/plain")


urlpatterns = [
    path("hello/<name>", hello),
    path("json", json_sum),
    path("form", form),
    path("stream", stream),
]

application = get_wsgi_application()
