# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from orders import views

urlpatterns = [
    path("cart/", views.cart, name="cart"),
    path("cart/add/<slug:slug>/", views.add_to_cart, name="add-to-cart"),
    path("cart/remove/<slug:slug>/", views.remove_from_cart, name="remove-from-cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("orders/", views.OrderList.as_view(), name="orders"),
]
