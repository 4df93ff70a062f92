# SPDX-License-Identifier: Apache-2.0
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import ListView

from catalog.models import Product
from orders.cart import Cart
from orders.forms import CheckoutForm, QuantityForm
from orders.models import Order
from orders.services import place_order


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/cart.html", {"form": CheckoutForm()})


@require_POST
def add_to_cart(request: HttpRequest, slug: str) -> HttpResponse:
    form = QuantityForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("The quantity must be a number from 1 to 99.")
    product = get_object_or_404(Product, slug=slug)
    Cart(request.session).add(product, form.cleaned_data["quantity"])
    messages.success(request, f"{product} is in your cart.")
    return redirect("cart")


@require_POST
def remove_from_cart(request: HttpRequest, slug: str) -> HttpResponse:
    Cart(request.session).remove(get_object_or_404(Product, slug=slug))
    return redirect("cart")


@require_POST
def checkout(request: HttpRequest) -> HttpResponse:
    cart = Cart(request.session)
    form = CheckoutForm(request.POST)
    if not cart or not form.is_valid():
        return render(request, "orders/cart.html", {"form": form}, status=400)
    order = place_order(cart, **form.cleaned_data)
    messages.success(request, f"Thank you: {order} was placed.")
    return redirect("products")


class OrderList(ListView):
    template_name = "orders/order_list.html"
    context_object_name = "orders"
    paginate_by = 50
    queryset = Order.objects.select_related("customer").prefetch_related("lines__product")
