# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.sessions.backends.base import SessionBase

from catalog.models import Product

MAX_QUANTITY = 99


@dataclass(frozen=True)
class CartLine:
    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        return self.product.price * self.quantity


class Cart:
    """What a visitor wants to buy: product ids and quantities, kept in the session."""

    KEY = "cart"

    def __init__(self, session: SessionBase):
        self._session = session
        self._quantities: dict[str, int] = session.get(self.KEY, {})

    def __len__(self) -> int:
        return sum(self._quantities.values())

    def __iter__(self) -> Iterator[CartLine]:
        products = Product.objects.filter(pk__in=self._quantities).select_related("category")
        for product in products:
            yield CartLine(product, self._quantities[str(product.pk)])

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self), Decimal(0))

    def add(self, product: Product, quantity: int = 1) -> None:
        wanted = self._quantities.get(str(product.pk), 0) + quantity
        self._quantities[str(product.pk)] = min(wanted, MAX_QUANTITY)
        self._save()

    def remove(self, product: Product) -> None:
        self._quantities.pop(str(product.pk), None)
        self._save()

    def clear(self) -> None:
        self._quantities = {}
        self._save()

    def _save(self) -> None:
        self._session[self.KEY] = self._quantities
