"""What belongs to the whole site: help for readers in danger, what readers report of it, and what the
starter content loaded."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.searching import CONFIG
from articles.versions import versioned

# A help line that nobody has checked for this long is marked in the admin and fails a command.
STALE_AFTER_DAYS = 180


def stale_before() -> dt.date:
    """Lines last checked before this day are stale."""
    return timezone.localdate() - dt.timedelta(days=STALE_AFTER_DAYS)


class CountryQuerySet(models.QuerySet):
    def in_order(self) -> CountryQuerySet:
        """As the help pages list them; `anywhere` is always the last."""
        return self.order_by(
            models.Case(models.When(code=Country.ANYWHERE, then=1), default=0), "position", "name"
        )


@versioned(follow=("resources",))
class Country(models.Model):
    """A country on the help pages; `anywhere` stands for all the others and comes last."""

    ANYWHERE = "anywhere"

    code = models.SlugField(
        _("code"),
        max_length=8,
        unique=True,
        help_text=_("Two lower-case letters (ISO 3166), or “anywhere”."),
    )
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    emergency = models.CharField(
        _("emergency number"),
        max_length=40,
        blank=True,
        help_text=_("Only when it has been verified."),
    )
    emergency_note = models.CharField(_("emergency note"), max_length=200, blank=True)

    shown_plain = ("name", "emergency_note")

    objects = CountryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("country")
        verbose_name_plural = _("countries")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("help_country", args=[self.code])


class HelpQuerySet(models.QuerySet):
    def published(self) -> HelpQuerySet:
        return self.filter(is_published=True)

    def stale(self) -> HelpQuerySet:
        """Those that nobody has checked for 180 days."""
        return self.filter(last_checked__lt=stale_before())


@versioned()
class HelpResource(models.Model):
    """One help line or directory. Danger comes first, then abuse, crisis and therapists."""

    class Kind(models.TextChoices):
        ABUSE = "abuse", _("Abuse and fear at home")
        OWN_BEHAVIOR = "own_behavior", _("Worried about your own behavior")
        CRISIS = "crisis", _("Crisis and thoughts of suicide")
        THERAPIST = "therapist", _("Finding a therapist")

    slug = models.SlugField(
        _("slug"), unique=True, help_text=_("Its lasting name, such as us-ndvh.")
    )
    country = models.ForeignKey(
        Country, verbose_name=_("country"), on_delete=models.CASCADE, related_name="resources"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(
        _("phone"), max_length=60, blank=True, help_text=_("As it is dialed in the country.")
    )
    text = models.CharField(
        _("text message"), max_length=60, blank=True, help_text=_("“START to 88788”.")
    )
    url = models.URLField(_("address"), blank=True)
    hours = models.CharField(
        _("hours"), max_length=80, blank=True, help_text=_("Only when verified.")
    )
    audience = models.CharField(
        _("audience"), max_length=80, blank=True, help_text=_("Whom it is for, if not everyone.")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=200, help_text=_("Who says so, and when."))
    last_checked = models.DateField(
        _("last checked"),
        help_text=_("The day somebody last compared it with its source; stale after 180 days."),
    )
    is_published = models.BooleanField(
        _("is published"), default=True, help_text=_("Readers see it only when this is set.")
    )

    shown_plain = ("name", "hours", "audience", "note", "source")

    objects = HelpQuerySet.as_manager()

    class Meta:
        ordering = ["country", "position", "pk"]
        verbose_name = _("help resource")
        verbose_name_plural = _("help resources")

    def __str__(self) -> str:
        return self.name

    @property
    def is_stale(self) -> bool:
        return self.last_checked < stale_before()


class ReportQuerySet(models.QuerySet):
    def waiting(self) -> ReportQuerySet:
        """Those that no editor has handled."""
        return self.filter(handled_on=None)

    def handled(self) -> ReportQuerySet:
        return self.exclude(handled_on=None)


class Report(models.Model):
    """What a reader told us of a help line. It says nothing of the reader, and the date, not the time.

    The line is kept by its lasting name, because the row may be written anew or deleted meanwhile.
    """

    class Problem(models.TextChoices):
        WRONG_NUMBER = "wrong_number", _("The number or the address is wrong")
        NO_ANSWER = "no_answer", _("It no longer exists, or nobody ever answers")
        WRONG_FACTS = "wrong_facts", _("The hours, or whom it is for, are wrong")
        MISSING = "missing", _("A line is missing here")

    country = models.ForeignKey(
        Country, verbose_name=_("country"), on_delete=models.CASCADE, related_name="reports"
    )
    line = models.SlugField(
        _("line"), blank=True, help_text=_("The lasting name of the help line meant.")
    )
    problem = models.CharField(_("problem"), max_length=12, choices=Problem.choices)
    details = models.CharField(_("details"), max_length=400, blank=True)
    reported_on = models.DateField(_("reported on"), default=timezone.localdate)
    handled_on = models.DateField(
        _("handled on"),
        null=True,
        blank=True,
        help_text=_("The day on which an editor dealt with it; empty until then."),
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_on", "-pk"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(handled_on=None)
                | models.Q(handled_on__gte=models.F("reported_on")),
                name="stalelove_report_handled_after_it_came",
                violation_error_message=_("A report cannot be handled before the day it came."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.line or self.country}: {self.get_problem_display()}"


class LinkCheck(models.Model):
    """The last time somebody, or the command, followed every link within the site; one row is kept."""

    checked_at = models.DateTimeField()
    links = models.PositiveIntegerField()
    # [{"place": "articles/one, body", "target": "/x/", "why": "…", "model": "…", "key": 7}, …]
    broken = models.JSONField(default=list)

    class Meta:
        verbose_name = _("link check")
        default_permissions = ()
        verbose_name_plural = _("link checks")

    def __str__(self) -> str:
        return f"{self.checked_at}"

    @classmethod
    def latest(cls) -> LinkCheck | None:
        return cls.objects.order_by("-pk").first()

    @classmethod
    @transaction.atomic
    def keep(cls, *, links: int, broken: list[dict[str, object]]) -> LinkCheck:
        """Write down a check that has just been made, in place of the last one."""
        cls.objects.all().delete()
        return cls.objects.create(checked_at=timezone.now(), links=links, broken=broken)


class LoadedStarter(models.Model):
    """One item that `load_starter` has put in, with the digest of what it put in.

    As long as the item's digest is still this one, no editor has changed it.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    shipped = models.CharField(max_length=64, help_text=_("Of the file it came from."))

    class Meta:
        verbose_name = _("loaded starter")
        verbose_name_plural = _("loaded starters")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="stalelove_loaded_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"


class SearchWord(models.Model):
    """One word of what can be searched, for “Did you mean”. Written by triggers of the database.

    Words of drafts are here too, and words are never taken away: stalelove.search suggests one only
    where it finds something that readers may see now.
    """

    word = models.CharField(max_length=30, primary_key=True)

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        indexes = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="stalelove_word_trigrams")
        ]

    def __str__(self) -> str:
        return self.word


class Passage(models.Model):
    """One or a few whole sentences of what can be searched: what a page of results quotes of it.

    Written by triggers of the database (migration 0011), drafts' passages too: stalelove.search asks for
    those of rows that it has found. The first is, or begins with, the summary.
    """

    pk = models.CompositePrimaryKey("kind", "owner", "position")
    kind = models.CharField(max_length=10)  # article, exercise or book
    owner = models.BigIntegerField()  # its primary key
    position = models.PositiveSmallIntegerField()
    words = models.TextField()
    search = models.GeneratedField(
        expression=SearchVector("words", config=CONFIG),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}, {self.position}"
