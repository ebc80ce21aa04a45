"""The first page of the admin: what is waiting for whoever has signed in, and all there is to edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from articles import workflow
from articles.models import Article
from stalelove.link_chooser import FindForm, targets
from stalelove.links import LinkCheckError, check_site
from stalelove.models import STALE_AFTER_DAYS, HelpResource, LinkCheck, Report
from stalelove.sign_in import EditorsSite

SHOWN = 5
# In the order in which they are needed; an app that is not here comes last.
APPS = ("articles", "exercises", "stalelove", "quiz", "auth", "admin")
# What to call those of Django, which cannot say it themselves.
NAMES = {
    "auth": gettext_lazy("People who may sign in"),
    "admin": gettext_lazy("What people did here"),
}


@dataclass(frozen=True)
class Item:
    """One line of a pile: its name, where to do something about it, and a quiet word on it."""

    name: str
    address: str
    note: str = ""


@dataclass(frozen=True)
class Pile:
    """One sort of thing that waits; `count` of them, of which some are named."""

    title: str
    count: int
    address: str
    says: str = ""
    items: list[Item] = field(default_factory=list)


class Dashboard(EditorsSite):
    """The editors' site with a first page that says what is waiting."""

    index_template = "admin/dashboard.html"
    index_title = gettext_lazy("What is waiting")

    def get_urls(self):
        return [
            path("links/check/", self.admin_view(self.check_links), name="check_links"),
            path("links/choose/", self.admin_view(self.choose_link), name="choose_link"),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        person = request.user
        check = LinkCheck.latest() if _may_check(person) else None
        return super().index(
            request,
            {
                "piles": piles(person, self.name),
                "may_write": person.has_perm("articles.add_article"),
                "may_check_links": _may_check(person),
                "link_check": check,
                "broken_links": broken_links(check, self.name) if check else [],
                **(extra_context or {}),
            },
        )

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = NAMES.get(app["app_label"], app["name"])
        place = {label: number for number, label in enumerate(APPS)}
        return sorted(apps, key=lambda app: place.get(app["app_label"], len(APPS)))

    def choose_link(self, request: HttpRequest) -> HttpResponse:
        """What there is to link to, for the toolbar of whoever writes."""
        if not request.user.has_perm("articles.view_article"):
            raise PermissionDenied
        form = FindForm(request.GET)
        words = form.cleaned_data["q"].strip() if form.is_valid() else ""
        return JsonResponse({"targets": targets(words)})

    @method_decorator(require_POST)
    def check_links(self, request: HttpRequest) -> HttpResponse:
        """POST: follow every link within the site now, and keep what was found."""
        if not _may_check(request.user):
            raise PermissionDenied
        try:
            check = check_site()
        except LinkCheckError as error:
            messages.error(request, str(error))
            return redirect(f"{self.name}:index")
        if check.broken:
            words = ngettext(
                "%(count)d link is broken.", "%(count)d links are broken.", len(check.broken)
            ) % {"count": len(check.broken)}
            messages.warning(request, words)
        else:
            messages.success(request, gettext("No link within the site is broken."))
        return redirect(f"{self.name}:index")


def broken_links(check: LinkCheck, site: str) -> list[Item]:
    """What a check found broken, each with the page where it is mended. No query."""
    return [
        Item(
            link["target"],
            reverse(f"{site}:{link['model'].replace('.', '_')}_change", args=[link["key"]]),
            f"{link['place']}: {link['why']}",
        )
        for link in check.broken
    ]


def _may_check(person: Any) -> bool:
    return person.has_perm(workflow.PUBLISH)


def piles(person: Any, site: str) -> list[Pile]:
    """What waits for this person, the most pressing first. Six queries at the most."""
    found = []
    if person.has_perm("articles.view_article"):
        found += _of_articles(person, site)
    if person.has_perm("stalelove.change_report"):
        waiting = Report.objects.waiting().count()
        says = ngettext(
            "A reader says that a number is wrong.",
            "Readers say that numbers are wrong.",
            waiting,
        )
        address = _list(site, "stalelove_report", "handled=no")
        found.insert(0, Pile(gettext("Reports of wrong numbers"), waiting, address, says))
    if person.has_perm("stalelove.change_helpresource"):
        stale = HelpResource.objects.stale().count()
        says = gettext("Nobody has compared them with their source for %(days)d days.") % {
            "days": STALE_AFTER_DAYS
        }
        address = _list(site, "stalelove_helpresource", "stale=yes")
        found.append(Pile(gettext("Help lines to check"), stale, address, says))
    return [pile for pile in found if pile.count]


def _of_articles(person: Any, site: str) -> list[Pile]:
    due = Q(state=Article.State.PUBLISHED, publish_at__gt=Now())
    counted = Article.objects.aggregate(
        in_review=Count("pk", filter=Q(state=Article.State.IN_REVIEW)),
        scheduled=Count("pk", filter=due),
        draft=Count("pk", filter=Q(state=Article.State.DRAFT)),
    )
    publishes = person.has_perm(workflow.PUBLISH)
    changed = gettext("changed %(day)s")
    found = []
    for stage, title, rows in (
        (
            "in_review",
            gettext("In review"),
            Article.objects.filter(state=Article.State.IN_REVIEW).order_by("updated_at"),
        ),
        ("scheduled", gettext("Scheduled"), Article.objects.scheduled().order_by("publish_at")),
        (
            "draft",
            gettext("Drafts"),
            Article.objects.filter(state=Article.State.DRAFT).order_by("-updated_at"),
        ),
    ):
        items = [
            Item(
                article.title,
                reverse(f"{site}:articles_article_change", args=[article.pk]),
                workflow.when(article.publish_at)
                if stage == "scheduled"
                else changed
                % {"day": date_format(timezone.localtime(article.updated_at), "MONTH_DAY_FORMAT")},
            )
            for article in _named(rows, counted[stage])
        ]
        says = gettext("Read them, then publish or schedule them.")
        found.append(
            Pile(
                title,
                counted[stage],
                _list(site, "articles_article", f"stage={stage}"),
                says if stage == "in_review" and publishes else "",
                items,
            )
        )
    return found


def _named(rows: QuerySet[Article], count: int) -> list[Article]:
    """The first few of a pile, without their texts; none are asked for where there are none."""
    return list(rows.only("title", "publish_at", "updated_at")[:SHOWN]) if count else []


def _list(site: str, model: str, query: str) -> str:
    return f"{reverse(f'{site}:{model}_changelist')}?{query}"
