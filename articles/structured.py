"""What an article tells search engines of itself (schema.org, as JSON-LD)."""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext

from articles.models import Article
from stalelove.categories import Category

SITE = "Stale Love"
SHARE_IMAGE = "img/share.png"  # 1200 by 630


@functools.cache
def _share_image() -> str:
    return static(SHARE_IMAGE)


@functools.cache
def _sections(filed_under: tuple[Category, ...], language: str) -> list[str]:
    return [gettext(category.label) for category in filed_under]


def article_data(article: Article) -> dict[str, Any]:
    """A published article as schema.org's `Article`. No query."""
    address = settings.SITE_URL + article.get_absolute_url()
    site = {"@type": "Organization", "name": SITE, "url": settings.SITE_URL + "/"}
    # A byline names a person, unless it says that the editors wrote it.
    by_editors = not article.byline or "editors" in article.byline.lower()
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": address,
        "mainEntityOfPage": address,
        "headline": article.title,
        "description": article.summary,
        "articleSection": _sections(article.filed_under, settings.LANGUAGE_CODE),
        "datePublished": article.publish_at.isoformat(timespec="seconds"),
        "dateModified": article.changed_at.isoformat(timespec="seconds"),
        "author": {
            "@type": "Organization" if by_editors else "Person",
            "name": article.byline or SITE,
        },
        "publisher": site,
        "image": settings.SITE_URL + _share_image(),
        "inLanguage": settings.LANGUAGE_CODE,
        "isAccessibleForFree": True,
        "wordCount": article.words + article.extended_words,
    }
