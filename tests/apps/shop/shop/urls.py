# SPDX-License-Identifier: Apache-2.0
from django.urls import include, path

urlpatterns = [
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
    path("", include("diagnostics.urls")),
]
