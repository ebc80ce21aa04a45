"""What there is to read: the index, one article, the site's own pages, the reading list."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Model, OuterRef, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.addresses import address
from articles.compiled import Compiled, as_row, instance_of
from articles.models import Article, Book, Page, image_path
from articles.paging import page_of
from articles.preview import BadSignature, SignatureExpired, article_key
from articles.rendering import mark_rendered
from articles.structured import article_data
from stalelove.categories import Category, in_order

PER_PAGE = 20
CONTENTS_FROM = 3  # headings; below that a contents list is longer than it helps
NOT_SAVED = 0  # no row has this key

_newest = Compiled(lambda: Article.objects.published().for_lists().newest_first()[: PER_PAGE + 1])


def _following(pk: Any, categories: Any) -> QuerySet[Article]:
    """To read after an article: the newest other one that shares a category with it."""
    others = Article.objects.published().for_lists().exclude(pk=pk)
    return others.filter(categories__overlap=categories).newest_first()[:1]


def _practice(pk: Any) -> QuerySet:
    """To try after an article. (The exercises app says which of its own belong to one.)"""
    exercises = Article.exercises.rel.related_model.objects.published().for_articles()
    return exercises.filter(articles=pk).order_by("position", "pk")[:1]


# All that the page of an article shows, in one query.
_at_slug = Compiled(
    lambda slug: (
        Article.objects.published()
        .for_reading()
        .filter(slug=slug)
        .order_by()
        .annotate(
            practice_row=as_row(_practice(OuterRef("pk"))),
            following_row=as_row(_following(OuterRef("pk"), OuterRef("categories"))),
        )
    )
)


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    page = page_of(lambda skip: _newest(skip=skip), request.GET.get("page"), PER_PAGE)
    if page is None:
        raise Http404
    first = settings.SITE_URL + address("article_list")
    context = {"page": page, "canonical": page.address(first)}
    return render(request, "articles/article_list.html", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article; an address that it had before leads on to the one it has now."""
    article = _at_slug.first(slug=slug)
    if article is None:
        moved = get_object_or_404(Article.objects.published().only("slug").formerly_at(slug))
        return redirect(moved, permanent=True)
    practices = Article.exercises.rel.related_model
    context = article_context(
        article,
        practice=instance_of(practices, article.practice_row),
        following=instance_of(Article, article.following_row),
    )
    context["structured"] = article_data(article)
    return render(request, "articles/article.html", context)


@never_cache
@require_safe
def article_preview(request: HttpRequest, token: str) -> HttpResponse:
    """An unpublished article, for whoever has the link while it lasts."""
    try:
        article = get_object_or_404(Article, pk=article_key(token))
    except SignatureExpired:
        response = render(request, "articles/preview_over.html", status=410)
    except BadSignature as error:
        raise Http404 from error
    else:
        if Article.objects.published().filter(pk=article.pk).exists():
            response = redirect(article)
        else:
            context = {**previewed(article), "preview": "link"}
            response = render(request, "articles/article.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def previewed(article: Article) -> dict[str, object]:
    """What the page of an article will show, as it stands now, saved or not. Two queries."""
    return article_context(
        article,
        practice=_practice(article.pk).first() if article.pk else None,
        following=_following(article.pk or NOT_SAVED, article.categories).first(),
    )


def article_context(
    article: Article, practice: Model | None, following: Article | None
) -> dict[str, object]:
    return {
        "article": article,
        "preview": "",
        "body": mark_rendered(article.body_html),
        "extended": mark_rendered(article.extended_html),
        "research": mark_rendered(article.research_html),
        "contents": article.contents if len(article.contents) >= CONTENTS_FROM else [],
        "exercise": practice,
        "following": following,
    }


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page; an address that it had before leads on, so that the links at the foot always hold."""
    page = Page.objects.published().filter(slug=slug).first()
    if page is None:
        moved = get_object_or_404(Page.objects.published().only("slug").formerly_at(slug))
        return redirect(moved, permanent=True)
    return render(
        request, "articles/page.html", {"page": page, "body": mark_rendered(page.body_html)}
    )


@require_safe
def image_file(request: HttpRequest, digest: str, width: int) -> FileResponse:
    """One file of a picture, from wherever the storage keeps it. In production the proxy does this
    (docs/operations.md). Another picture has another address, so it may be kept for good."""
    try:
        file = default_storage.open(image_path(digest, width))
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def reading_list(request: HttpRequest) -> HttpResponse:
    """Each book stands once in full, under the first of its categories, and is named under the others."""
    books = list(Book.objects.published())
    groups = [
        (
            category,
            [book for book in books if in_order(book.categories)[0] == category],
            [book for book in books if category in in_order(book.categories)[1:]],
        )
        for category in Category
    ]
    return render(request, "articles/reading_list.html", {"books": books, "groups": groups})
