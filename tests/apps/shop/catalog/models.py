# SPDX-License-Identifier: Apache-2.0
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from customers.models import Customer


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Supplier(models.Model):
    name = models.CharField(max_length=80, unique=True)
    country = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet):
    def with_ratings(self):
        """Adds `rating` (None without reviews) and `review_count`.

        Subqueries rather than joins: the database computes them for the rows of one page only.
        """
        reviews = Review.objects.order_by().filter(product=OuterRef("pk")).values("product")
        return self.annotate(
            rating=Subquery(reviews.annotate(value=Avg("stars")).values("value")),
            review_count=Coalesce(
                Subquery(reviews.annotate(value=Count("pk")).values("value")), 0
            ),
        )

    def matching(self, text: str):
        """Every word occurs in the name, the description or the category's name."""
        products = self
        for word in text.split():
            products = products.filter(
                Q(name__icontains=word)
                | Q(description__icontains=word)
                | Q(category__name__icontains=word)
            )
        return products


class Product(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    description = models.TextField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="products")
    added = models.DateTimeField()

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["name", "id"], name="product_by_name"),
            models.Index(fields=["price", "id"], name="product_by_price"),
            models.Index(F("added").desc(), "id", name="product_by_age"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])


class Review(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True)
    author = models.CharField(max_length=100)
    stars = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    text = models.TextField(max_length=4000)
    written = models.DateTimeField()

    class Meta:
        ordering = ["-written", "-pk"]

    def __str__(self) -> str:
        return f"{self.author} on {self.product}"


class Photo(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="photos")
    file = models.FileField(upload_to="photos/")
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"photo {self.pk} of {self.product}"

    def get_absolute_url(self) -> str:
        return reverse("photo", args=[self.pk])
