# SPDX-License-Identifier: Apache-2.0
"""Rows for tests, with defaults for what a test does not care about."""

from datetime import datetime, timezone

from django.utils.text import slugify

from catalog.models import Category, Product, Review, Supplier

NOON = datetime(2025, 6, 1, 12, tzinfo=timezone.utc)


def add_product(name: str, category: str = "Kitchen", price="9.50", stock: int = 3) -> Product:
    return Product.objects.create(
        name=name,
        slug=slugify(name),
        description="Sample",
        price=price,
        stock=stock,
        category=Category.objects.get_or_create(name=category, slug=slugify(category))[0],
        supplier=Supplier.objects.get_or_create(name="Sample Ltd", country="Austria")[0],
        added=NOON,
    )


def add_review(product: Product, stars: int, text: str = "Sample") -> Review:
    return Review.objects.create(
        product=product, author="A visitor", stars=stars, text=text, written=NOON
    )
