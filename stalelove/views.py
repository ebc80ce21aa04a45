"""Pages that draw on every app: home, topics, errors, and health for the load balancer."""

from __future__ import annotations

import datetime as dt
import sys

from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.addresses import address
from articles.compiled import Compiled
from articles.models import Article, Book
from articles.paging import page_of
from exercises.deck import tonights
from exercises.models import Exercise, Question
from stalelove.categories import Category
from stalelove.forms import SearchForm
from stalelove.outages import is_outage, unavailable
from stalelove.search import CANDIDATES, find, results, suggest

RESULTS_PER_PAGE = 10
ARTICLES_PER_TOPIC = 20


class _Filed:
    """What is filed under one category, a query each."""

    def __init__(self, category: Category) -> None:
        self.articles = Compiled(
            lambda: (
                Article.objects.published()
                .under(category)
                .for_lists()
                .newest_first()[: ARTICLES_PER_TOPIC + 1]
            )
        )
        self.exercises = Compiled(
            lambda: (
                Exercise.objects.published().under(category).for_lists().order_by("position", "pk")
            )
        )
        self.books = Compiled(lambda: Book.objects.published().under(category).for_lists())


_FILED = {category: _Filed(category) for category in Category}
_newest = Compiled(lambda: Article.objects.published().for_lists().newest_first()[:1])
_featured = Compiled(
    lambda: Article.objects.published().filter(featured=True).for_lists().newest_first()[:1]
)
_questions = Compiled(lambda: Question.objects.published().in_category_order().only("text"))
_exercises = Compiled(lambda: Exercise.objects.published().for_lists().in_category_order())


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    return render(
        request,
        "home.html",
        {
            "featured": _featured.first() or _newest.first(),
            "question": tonights(_questions(), today),
            "exercise": tonights(_exercises(), today),
            "categories": list(Category),
        },
    )


@require_safe
def topic(request: HttpRequest, category: Category) -> HttpResponse:
    """All that is filed under one category; of the articles a page, with the rest a page further."""
    filed = _FILED[category]
    page = page_of(
        lambda skip: filed.articles(skip=skip), request.GET.get("page"), ARTICLES_PER_TOPIC
    )
    if page is None:
        raise Http404
    first = settings.SITE_URL + address("topic", category)
    return render(
        request,
        "topic.html",
        {
            "category": category,
            "page": page,
            "exercises": filed.exercises(),
            "books": filed.books(),
            "canonical": page.address(first),
        },
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET) if "q" in request.GET else SearchForm()
    query = form.cleaned_data["q"] if form.is_valid() else ""
    keys = find(query) if query else []
    page = Paginator(keys, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "search.html",
        {
            "form": form,
            "query": query,
            "page": page,
            "there_may_be_more": len(keys) >= CANDIDATES,
            "results": results(query, page.object_list),
            "suggestion": suggest(query) if query and not keys else None,
            "categories": list(Category),
        },
    )


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; it asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and every migration has been applied."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError):
        return HttpResponse(
            "the database does not answer\n", content_type="text/plain", status=503
        )
    if waiting:
        return HttpResponse("migrations are waiting\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Private pages forbid indexing themselves; to name them here would keep that from being read."""
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('search')}",
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness, as RFC 9116 wants it: good for less than a year from today."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = timezone.now().replace(microsecond=0) + dt.timedelta(days=180)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.isoformat()}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.svg"), permanent=False)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", {"canonical": ""}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"canonical": ""}, status=403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """In place of Django's own page, which our Content-Security-Policy would leave without its style."""
    return forbidden(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", {"canonical": ""}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs no database and no context.

    What fails outside a view, in a middleware, ends here too: an outage is told as one.
    """
    error = sys.exc_info()[1]
    if error is not None and is_outage(error):
        return unavailable(request, error)
    return render(request, "500.html", {"canonical": ""}, status=500)
