# SPDX-License-Identifier: Apache-2.0
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from orders.cart import Cart


def cart(request: HttpRequest) -> dict:
    # Lazy: a page that shows no cart reads no session.
    return {"cart": SimpleLazyObject(lambda: Cart(request.session))}
