"""Addresses of the checkup. A token has 32 characters; a link that lost or gained a few on its way
still leads to the page that says so."""

from django.urls import include, path, register_converter

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

# Below what they share, so that an address is compared with few others.
urlpatterns = [
    path(
        "checkup/",
        include(
            [
                path("", views.checkup, name="checkup"),
                path("start/", views.start, name="checkup_start"),
                path("paper/", views.paper, name="checkup_paper"),
                path("<token:token>/", views.resume, name="checkup_resume"),
                path("<token:token>/<category:category>/", views.step, name="checkup_step"),
            ]
        ),
    ),
    path(
        "snapshot/<token:token>/",
        include(
            [
                path("", views.snapshot, name="snapshot"),
                path("change/", views.change, name="snapshot_change"),
                path("again/", views.again, name="snapshot_again"),
                path("data.json", own_views.data, name="snapshot_data"),
                path("sheet/", own_views.sheet, name="snapshot_sheet"),
                path("delete/", own_views.delete, name="snapshot_delete"),
                path("together/", together_views.invite, name="snapshot_together"),
            ]
        ),
    ),
    path("together/<token:token>/", together_views.own, name="together"),
]
