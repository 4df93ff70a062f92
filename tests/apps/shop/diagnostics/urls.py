# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from diagnostics import views

urlpatterns = [
    path("health/", views.health, name="health"),
    path("slow/", views.slow, name="slow"),
    path("cpu/", views.cpu, name="cpu"),
    path("connection/", views.database_connection, name="connection"),
]
