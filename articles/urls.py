"""Addresses of what there is to read."""

from django.urls import path, register_converter

from articles import views
from articles.feeds import ArticleFeed


class PreviewConverter:
    """A signed key (articles.preview): nothing else reaches the view."""

    regex = r"[0-9]{1,10}\.[0-9A-Za-z]{1,10}\.[0-9A-Za-z_-]{43}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class DigestConverter(PreviewConverter):
    regex = "[0-9a-f]{32}"


class WidthConverter:
    """Pixels. Of no more digits than a picture has: no disk has a file with the name of a longer one."""

    regex = "[1-9][0-9]{0,4}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(PreviewConverter, "preview")
register_converter(DigestConverter, "digest")
register_converter(WidthConverter, "width")

urlpatterns = [
    path("articles/preview/<preview:token>/", views.article_preview, name="article_preview"),
    path("articles/", views.article_list, name="article_list"),
    path("media/images/<digest:digest>-<width:width>.webp", views.image_file, name="image_file"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("feed.atom", ArticleFeed(), name="feed"),
    path("reading-list/", views.reading_list, name="reading_list"),
]
