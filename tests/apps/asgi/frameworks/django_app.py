# SPDX-License-Identifier: Apache-2.0
import json

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="for-tests-only-" + "0123456789" * 4, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]
)


def hello(request, name):
    return HttpResponse(f"Hello, {name}!", content_type="text/plain")


async def json_sum(request):
    return JsonResponse({"sum": sum(json.loads(request.body)["numbers"])})


async def stream(request):
    async def items():
        for number in range(5):
            yield f"item {number}\n"

    return StreamingHttpResponse(items(), content_type="text/plain")


urlpatterns = [path("hello/<name>", hello), path("json", json_sum), path("stream", stream)]

application = get_asgi_application()
