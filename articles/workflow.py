"""From a draft to a published article and back: which steps there are, who may take them, what they do.

The admin's buttons, and whatever else moves an article on, go through `take`. It knows no request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import formats, timezone
from django.utils.translation import gettext, gettext_lazy

from articles.models import Article

PUBLISH = "articles.publish_article"
# Further ahead than this is a slip of the keyboard (a year of 9999, a 2062 for 2026).
FURTHEST_AHEAD = dt.timedelta(days=2 * 366)


class Stage(StrEnum):
    """Where an article stands: its state, with published parted by whether its time has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


STAGE_NAMES = {
    Stage.DRAFT: gettext_lazy("Draft"),
    Stage.IN_REVIEW: gettext_lazy("In review"),
    Stage.SCHEDULED: gettext_lazy("Scheduled"),
    Stage.PUBLISHED: gettext_lazy("Published"),
    Stage.ARCHIVED: gettext_lazy("Archived"),
}
# What a Writer may still change; readers have not seen it, and no time is set for it.
OPEN_TO_WRITERS = (Stage.DRAFT, Stage.IN_REVIEW)


class WorkflowError(ValueError):
    """A step that cannot be taken now; str() is a sentence for the person who pressed the button."""


@dataclass(frozen=True)
class Step:
    """One button. `starts` are the stages it is offered at; `done` says afterwards what happened."""

    name: str
    label: Any
    done: Any
    starts: tuple[Stage, ...]
    editors_only: bool = True


STEPS = (
    Step(
        "submit",
        gettext_lazy("Submit for review"),
        gettext_lazy("Submitted for review."),
        (Stage.DRAFT,),
        editors_only=False,
    ),
    Step(
        "withdraw",
        gettext_lazy("Take back to draft"),
        gettext_lazy("Taken back to draft."),
        (Stage.IN_REVIEW,),
        editors_only=False,
    ),
    Step(
        "publish",
        gettext_lazy("Publish now"),
        gettext_lazy("Published."),
        (Stage.DRAFT, Stage.IN_REVIEW, Stage.SCHEDULED),
    ),
    Step(
        "schedule",
        gettext_lazy("Schedule"),
        gettext_lazy("Scheduled."),
        (Stage.DRAFT, Stage.IN_REVIEW, Stage.SCHEDULED),
    ),
    Step(
        "unpublish",
        gettext_lazy("Unpublish"),
        gettext_lazy("Unpublished: it is a draft again, and readers no longer see it."),
        (Stage.SCHEDULED, Stage.PUBLISHED),
    ),
    Step(
        "archive",
        gettext_lazy("Archive"),
        gettext_lazy("Archived: readers do not see it."),
        (Stage.DRAFT, Stage.IN_REVIEW, Stage.SCHEDULED, Stage.PUBLISHED),
    ),
    Step(
        "reopen",
        gettext_lazy("Bring back as a draft"),
        gettext_lazy("Brought back as a draft."),
        (Stage.ARCHIVED,),
    ),
)
_BY_NAME = {step.name: step for step in STEPS}


def stage(article: Article, now: dt.datetime | None = None) -> Stage:
    """Where the article stands at `now`."""
    if article.state == Article.State.PUBLISHED and article.publish_at > (now or timezone.now()):
        return Stage.SCHEDULED
    return Stage(article.state)


def stage_words(article: Article) -> str:
    """The stage as editors read it: “Scheduled for May 3, 19:30”."""
    at = stage(article)
    if at == Stage.SCHEDULED:
        return gettext("Scheduled for %(when)s") % {"when": when(article.publish_at)}
    if at == Stage.PUBLISHED:
        return gettext("Published on %(when)s") % {"when": when(article.publish_at)}
    return str(article.get_state_display())


def when(moment: dt.datetime) -> str:
    """A time as the buttons say it, in the site's time zone; the year where it is not this one."""
    moment = timezone.localtime(moment)
    if moment.year != timezone.localtime().year:
        return formats.date_format(moment, "DATETIME_FORMAT")
    return gettext("%(day)s, %(time)s") % {
        "day": formats.date_format(moment, "MONTH_DAY_FORMAT"),
        "time": formats.time_format(moment, "TIME_FORMAT"),
    }


def step_named(name: str) -> Step:
    """Raises WorkflowError for a name that no button has."""
    if name not in _BY_NAME:
        raise WorkflowError(gettext("There is no such step."))
    return _BY_NAME[name]


def may_take(person: Any, step: Step) -> bool:
    return not step.editors_only or person.has_perm(PUBLISH)


def may_change(person: Any, article: Article) -> bool:
    """Writers change what readers have not seen; whoever may publish changes everything."""
    return stage(article) in OPEN_TO_WRITERS or person.has_perm(PUBLISH)


def offered(person: Any, article: Article) -> Iterable[Step]:
    """The steps for which this person gets a button, in their order."""
    at = stage(article)
    return [step for step in STEPS if at in step.starts and may_take(person, step)]


def check(step: Step, article: Article, at: dt.datetime | None = None) -> None:
    """Raises WorkflowError, with a sentence, when the step cannot be taken now."""
    if stage(article) not in step.starts:
        raise WorkflowError(
            gettext("“%(step)s” is not possible: this article is “%(stage)s” by now.")
            % {"step": step.label, "stage": stage_words(article)}
        )
    if step.name != "schedule":
        return
    now = timezone.now()
    if at is None:
        raise WorkflowError(gettext("Choose the day and the time to schedule it for."))
    if at <= now:
        raise WorkflowError(
            gettext("%(when)s is past. Choose a time to come, or “Publish now”.")
            % {"when": when(at)}
        )
    if at > now + FURTHEST_AHEAD:
        raise WorkflowError(
            gettext("The year %(year)d is too far ahead. The latest is %(latest)s.")
            % {"year": at.year, "latest": when(now + FURTHEST_AHEAD)}
        )


def take(step: Step, article: Article, *, by: Any, at: dt.datetime | None = None) -> None:
    """Move the article on; the caller saves it. `at` is the time to schedule it for.

    Raises PermissionDenied when `by` may not, WorkflowError when it is not possible now.
    """
    if not may_take(by, step):
        raise PermissionDenied
    check(step, article, at)
    if step.name == "submit":
        article.state = Article.State.IN_REVIEW
    elif step.name in ("publish", "schedule"):
        article.state = Article.State.PUBLISHED
        article.publish_at = at if step.name == "schedule" else timezone.now()
    elif step.name == "archive":
        article.state = Article.State.ARCHIVED
    else:
        article.state = Article.State.DRAFT
        article.publish_at = None
