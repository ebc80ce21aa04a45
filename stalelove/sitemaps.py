"""Every page that readers may find by a search engine, and when it last changed."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse

from articles.models import Article, Page
from exercises.models import Exercise
from stalelove.categories import Category
from stalelove.models import Country


class OwnSitemap(Sitemap):
    """Addresses under SITE_URL, whatever host the request was sent to; no sites framework."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class FixedPages(OwnSitemap):
    def items(self) -> list[str]:
        names = (
            *("home", "checkup", "article_list", "exercise_list", "question_list"),
            *("question_tonight", "reading_list", "evidence", "help"),
        )
        topics = [reverse("topic", args=[category]) for category in Category]
        return [*(reverse(name) for name in names), *topics]

    def location(self, item: str) -> str:
        return item


class Articles(OwnSitemap):
    def items(self) -> QuerySet[Article]:
        return Article.objects.published().newest_first().only("slug", "publish_at", "updated_at")

    def lastmod(self, item: Article) -> dt.datetime:
        return item.changed_at


class Exercises(OwnSitemap):
    def items(self) -> QuerySet[Exercise]:
        return Exercise.objects.published().only("slug", "updated_at")

    def lastmod(self, item: Exercise) -> dt.datetime:
        return item.updated_at


class Pages(OwnSitemap):
    def items(self) -> QuerySet[Page]:
        return Page.objects.published().only("slug", "updated_at")

    def lastmod(self, item: Page) -> dt.datetime:
        return item.updated_at


class Help(OwnSitemap):
    def items(self) -> QuerySet[Country]:
        countries = Country.objects.annotate(last_checked=Max("resources__last_checked"))
        return countries.order_by("position", "name")

    def lastmod(self, item: Country) -> dt.date | None:
        return item.last_checked


SITEMAPS = {
    "pages": FixedPages,
    "articles": Articles,
    "exercises": Exercises,
    "own": Pages,
    "help": Help,
}
