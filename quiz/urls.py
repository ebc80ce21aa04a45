"""Addresses of the checkup. A token has 32 characters; a link that lost or gained a few on its way
still leads to the page that says so."""

from django.urls import path, register_converter

from quiz import own_views, together_views, views
from stalelove.categories import Category


class TokenConverter:
    regex = "[A-Za-z0-9_-]{8,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CategoryConverter:
    regex = "|".join(Category)

    def to_python(self, value: str) -> Category:
        return Category(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(TokenConverter, "token")
register_converter(CategoryConverter, "category")

urlpatterns = [
    path("checkup/", views.checkup, name="checkup"),
    path("checkup/start/", views.start, name="checkup_start"),
    path("checkup/paper/", views.paper, name="checkup_paper"),
    path("checkup/<token:token>/", views.resume, name="checkup_resume"),
    path("checkup/<token:token>/<category:category>/", views.step, name="checkup_step"),
    path("snapshot/<token:token>/", views.snapshot, name="snapshot"),
    path("snapshot/<token:token>/change/", views.change, name="snapshot_change"),
    path("snapshot/<token:token>/again/", views.again, name="snapshot_again"),
    path("snapshot/<token:token>/data.json", own_views.data, name="snapshot_data"),
    path("snapshot/<token:token>/sheet/", own_views.sheet, name="snapshot_sheet"),
    path("snapshot/<token:token>/delete/", own_views.delete, name="snapshot_delete"),
    path("snapshot/<token:token>/together/", together_views.invite, name="snapshot_together"),
    path("together/<token:token>/", together_views.own, name="together"),
]
