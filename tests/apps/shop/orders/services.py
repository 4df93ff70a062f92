# SPDX-License-Identifier: Apache-2.0
from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from orders.cart import Cart
from orders.models import Order, OrderLine


@transaction.atomic
def place_order(cart: Cart, name: str, email: str) -> Order:
    """Turns the cart into an order of the customer with that address, and empties it."""
    now = timezone.now()
    customer, _ = Customer.objects.get_or_create(
        email=email, defaults={"name": name, "joined": now}
    )
    order = Order.objects.create(customer=customer, placed=now)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, product=line.product, quantity=line.quantity, price=line.product.price
        )
        for line in cart
    )
    cart.clear()
    return order
