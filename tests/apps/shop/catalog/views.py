# SPDX-License-Identifier: Apache-2.0
import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import CreateView, DetailView, ListView

from catalog.forms import PhotoForm, ReviewForm
from catalog.models import Category, Photo, Product

ORDERS = {"name": ("name", "pk"), "price": ("price", "pk"), "newest": ("-added", "pk")}


class ProductList(ListView):
    template_name = "catalog/product_list.html"
    context_object_name = "products"
    paginate_by = 50

    def get_queryset(self):
        products = Product.objects.select_related("category", "supplier").with_ratings()
        if category := self.request.GET.get("category"):
            products = products.filter(category__slug=category)
        return products.order_by(*ORDERS[self.order()])

    def order(self) -> str:
        order = self.request.GET.get("order")
        return order if order in ORDERS else "name"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            categories=Category.objects.all(),
            orders=ORDERS.keys(),
            current_order=self.order(),
            **kwargs,
        )


class Search(ProductList):
    def get_queryset(self):
        text = self.request.GET.get("q", "").strip()
        return super().get_queryset().matching(text) if text else Product.objects.none()


class ProductDetail(DetailView):
    template_name = "catalog/product_detail.html"

    def get_queryset(self):
        return Product.objects.select_related("category", "supplier").with_ratings()

    def get_context_data(self, **kwargs):
        forms = {"review_form": ReviewForm(), "photo_form": PhotoForm()}
        related = Product.objects.filter(category=self.object.category).exclude(pk=self.object.pk)
        return super().get_context_data(**(forms | {"related": related[:6]} | kwargs))


class AddToProduct(CreateView):
    """A form that adds something to the product of the URL and returns to its page."""

    template_name = "catalog/product_form.html"
    thanks = ""

    def setup(self, request, *args, slug, **kwargs):
        super().setup(request, *args, slug=slug, **kwargs)
        self.product = get_object_or_404(Product, slug=slug)

    def get_context_data(self, **kwargs):
        return super().get_context_data(product=self.product, **kwargs)

    def form_valid(self, form):
        form.instance.product = self.product
        form.save()
        messages.success(self.request, self.thanks)
        return redirect(self.product)


class AddReview(AddToProduct):
    form_class = ReviewForm
    thanks = "Thank you for your review."

    def form_valid(self, form):
        form.instance.written = timezone.now()
        return super().form_valid(form)


class AddPhoto(AddToProduct):
    form_class = PhotoForm
    thanks = "The photo was added."


@require_safe
def photo(request: HttpRequest, pk: int) -> FileResponse:
    found = get_object_or_404(Photo, pk=pk)
    return FileResponse(found.file.open("rb"), content_type=found.content_type)


class Echo:
    """A file that hands back each row it is given, so that csv.writer can stream."""

    def write(self, row: str) -> str:
        return row


def csv_rows() -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(["slug", "name", "category", "supplier", "price", "stock"])
    products = Product.objects.select_related("category", "supplier").order_by("pk")
    for product in products.iterator(chunk_size=500):
        yield writer.writerow(
            [
                product.slug,
                product.name,
                product.category.name,
                product.supplier.name,
                product.price,
                product.stock,
            ]
        )


@require_safe
def products_csv(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_rows(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="products.csv"'},
    )
