"""What belongs to the whole site: help for readers in danger, and what the starter content loaded."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.urls import reverse
from django.utils import timezone

from articles.versions import versioned

# A help line that nobody has checked for this long is marked in the admin and fails a command.
STALE_AFTER_DAYS = 180


@versioned(follow=("resources",))
class Country(models.Model):
    """A country on the help pages; `anywhere` stands for all the others and comes last."""

    code = models.SlugField(
        max_length=8, unique=True, help_text="Two lower-case letters (ISO 3166), or “anywhere”."
    )
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    emergency = models.CharField(
        "emergency number", max_length=40, blank=True, help_text="Only when it has been verified."
    )
    emergency_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("help_country", args=[self.code])


class HelpQuerySet(models.QuerySet):
    def published(self) -> HelpQuerySet:
        return self.filter(is_published=True)

    def stale(self, today: dt.date | None = None) -> HelpQuerySet:
        """Those that nobody has checked for 180 days."""
        today = today or timezone.localdate()
        return self.filter(last_checked__lt=today - dt.timedelta(days=STALE_AFTER_DAYS))


@versioned()
class HelpResource(models.Model):
    """One help line or directory. Danger comes first, then abuse, crisis and therapists."""

    class Kind(models.TextChoices):
        ABUSE = "abuse", "Abuse and fear at home"
        OWN_BEHAVIOR = "own_behavior", "Worried about your own behavior"
        CRISIS = "crisis", "Crisis and thoughts of suicide"
        THERAPIST = "therapist", "Finding a therapist"

    slug = models.SlugField(unique=True, help_text="Its lasting name, such as us-ndvh.")
    country = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    phone = models.CharField(
        max_length=60, blank=True, help_text="As it is dialed in the country."
    )
    text = models.CharField(
        "text message", max_length=60, blank=True, help_text="“START to 88788”."
    )
    url = models.URLField("address", blank=True)
    hours = models.CharField(max_length=80, blank=True, help_text="Only when verified.")
    audience = models.CharField(
        max_length=80, blank=True, help_text="Whom it is for, if not everyone."
    )
    note = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=200, help_text="Who says so, and when.")
    last_checked = models.DateField(
        help_text="The day somebody last compared it with its source; stale after 180 days."
    )
    is_published = models.BooleanField(
        default=True, help_text="Readers see it only when this is set."
    )

    objects = HelpQuerySet.as_manager()

    class Meta:
        ordering = ["country", "position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stale(self) -> bool:
        return self.last_checked < timezone.localdate() - dt.timedelta(days=STALE_AFTER_DAYS)


class LoadedStarter(models.Model):
    """One item that `load_starter` has put in, with the digest of what it put in.

    As long as the item's digest is still this one, no editor has changed it.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    shipped = models.CharField(max_length=64, help_text="Of the file it came from.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="stalelove_loaded_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"
