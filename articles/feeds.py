"""The Atom feed: the newest articles with their whole text, in words that stand alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from articles.rendering import mark_rendered

NEWEST = 20

# A tag as the renderer writes it, and the addresses in it: attributes between double quotes.
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[a-z-]+(?:="[^"]*")?)+\s*/?>')
_ADDRESS = re.compile(r'(?<=\s)(?P<name>href|src|srcset)="(?P<value>[^"]*)"')
# XML 1.0 has no place for these, and one of them would take the whole feed away.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def absolute(html: str, page: str) -> str:
    """Rendered HTML whose links within the site and within the page lead there from anywhere."""

    def with_site(target: str) -> str:
        with contextlib.suppress(ValueError):  # no address at all, such as http://[
            return urljoin(page, target)
        return target

    def in_attribute(match: re.Match[str]) -> str:
        if match["name"] != "srcset":
            return f'{match["name"]}="{with_site(match["value"])}"'
        several = (one.strip().partition(" ") for one in match["value"].split(","))
        wide = ", ".join(with_site(target) + gap + width for target, gap, width in several)
        return f'srcset="{wide}"'

    return _TAG.sub(lambda tag: _ADDRESS.sub(in_attribute, tag[0]), html)


class WholeTextFeed(Atom1Feed):
    """Atom with a `content` element beside the summary."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


class ArticleFeed(Feed):
    feed_type = WholeTextFeed
    title = _("Stale Love")
    subtitle = _(
        "For couples whose love has gone quiet: something to read and small things to try."
    )
    author_name = _("Stale Love")

    # Absolute, so that Django does not put the Host header of the request before them.

    def link(self) -> str:
        return settings.SITE_URL + reverse("article_list")

    def feed_url(self) -> str:
        return settings.SITE_URL + reverse("feed")

    def items(self) -> QuerySet[Article]:
        return Article.objects.published().newest_first()[:NEWEST]

    def item_title(self, item: Article) -> str:
        return _xml(item.title)

    def item_description(self, item: Article) -> str:
        return escape(_xml(item.standfirst))

    def item_link(self, item: Article) -> str:
        return settings.SITE_URL + item.get_absolute_url()

    def item_guid(self, item: Article) -> str:
        """The same for ever, whatever becomes of the title, the slug, the site's address or its rows."""
        return item.uid.urn

    def item_author_name(self, item: Article) -> str:
        return _xml(item.byline) or str(self.author_name)

    def item_pubdate(self, item: Article) -> dt.datetime:
        return item.publish_at

    def item_updateddate(self, item: Article) -> dt.datetime:
        return item.changed_at

    def item_categories(self, item: Article) -> list[str]:
        return [gettext(category.label) for category in item.filed_under]

    def item_extra_kwargs(self, item: Article) -> dict[str, str]:
        html = render_to_string(
            "articles/_feed_entry.html",
            {
                "body": mark_rendered(item.body_html),
                "extended": mark_rendered(item.extended_html),
                "research": mark_rendered(item.research_html),
            },
        )
        return {"content": absolute(_xml(html), self.item_link(item))}


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
