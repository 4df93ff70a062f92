# SPDX-License-Identifier: Apache-2.0
"""The catalogue as JSON."""

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from catalog.models import Product

PAGE_SIZE = 50


def as_json(product: Product) -> dict:
    return {
        "slug": product.slug,
        "name": product.name,
        "category": product.category.slug,
        "supplier": product.supplier.name,
        "price": str(product.price),
        "stock": product.stock,
        "rating": round(product.rating, 2) if product.rating is not None else None,
        "reviews": product.review_count,
        "url": product.get_absolute_url(),
    }


def listed():
    return Product.objects.select_related("category", "supplier").with_ratings()


@require_safe
def products(request: HttpRequest) -> JsonResponse:
    found = listed()
    if category := request.GET.get("category"):
        found = found.filter(category__slug=category)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "count": page.paginator.count,
            "page": page.number,
            "pages": page.paginator.num_pages,
            "products": [as_json(product) for product in page],
        }
    )


@require_safe
def product(request: HttpRequest, slug: str) -> JsonResponse:
    found = get_object_or_404(listed(), slug=slug)
    return JsonResponse(as_json(found) | {"description": found.description})
