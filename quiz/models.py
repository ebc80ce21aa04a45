"""Editions of the checkup, and the checkups that readers take.

A checkup's row holds no name, address or time, and only the SHA-256 of its token: nobody but the
holder of the link can find it (product.md, "What is kept of a reader").
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from fractions import Fraction
from functools import lru_cache

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from quiz import scoring
from quiz.change import Taken
from quiz.edition_rules import problems
from stalelove.categories import CATEGORY_ORDER, CHOICES, Category

ITEMS = 24


def default_labels() -> list[str]:
    return ["Not at all", "Once or twice", "Some days", "Most days", "Nearly every day"]


class EditionQuerySet(models.QuerySet):
    def published(self) -> EditionQuerySet:
        return self.filter(published_on__isnull=False)

    def current(self) -> Edition | None:
        """The one edition that new checkups use: the published one with the highest number."""
        return self.published().order_by("-number").first()


class Edition(models.Model):
    """A frozen set of questions, labels, bands, words and thresholds, once it is published."""

    number = models.PositiveSmallIntegerField(
        unique=True, help_text="Counts up; the highest published number is the current edition."
    )
    title = models.CharField(max_length=100, help_text="For editors; readers do not see it.")
    window = models.CharField(
        max_length=60,
        default="the last two weeks",
        help_text="What the answers look back on, as it stands in “Think of …”.",
    )
    labels = ArrayField(
        models.CharField(max_length=40),
        size=5,
        default=default_labels,
        help_text="The five answers from least to most, parted by commas.",
    )
    did_not_come_up = models.CharField(
        max_length=40,
        default="It did not come up",
        help_text="The extra answer, under Repair only.",
    )
    minimum_answered = models.PositiveSmallIntegerField(
        default=4, help_text="Fewer answers than this in a category: “not enough answers to say”."
    )
    low_below = models.DecimalField(
        max_digits=6, decimal_places=3, default=37.5, help_text="Below this line: the low band."
    )
    high_above = models.DecimalField(
        max_digits=6, decimal_places=3, default=62.5, help_text="Above this line: the high band."
    )
    edge = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=4.2,
        help_text="This near to a line: “on the edge of”.",
    )
    lowest_gap = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=12.5,
        help_text="The lowest category is named when it is this far below the next.",
    )
    same_below = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=10,
        help_text="A change below this: “about the same”.",
    )
    unusual_above = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=20,
        help_text="A change above this: “more than the usual wobble”.",
    )
    comparable_after_days = models.PositiveSmallIntegerField(
        default=14, help_text="Two snapshots closer than this are not compared."
    )
    partner_gap = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=25,
        help_text="Two partners' views are called different from this gap on.",
    )
    published_on = models.DateField(null=True, blank=True, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Edition {self.number}"

    @property
    def is_published(self) -> bool:
        return self.published_on is not None

    @transaction.atomic
    def publish(self, on: dt.date | None = None) -> None:
        """Freeze the edition and make it current if its number is the highest.

        Raises ValidationError with every sentence of `problems`, or with one if it is published
        already. The row is locked, so that what was checked is what is published.
        """
        edition = Edition.objects.select_for_update().get(pk=self.pk)
        if edition.is_published:
            raise ValidationError(f"{edition} is published already.")
        if found := edition.problems():
            raise ValidationError(found)
        self.published_on = on or timezone.localdate()
        self.save(update_fields=["published_on"])

    def problems(self) -> list[str]:
        """Why it cannot be published yet, in sentences; empty when it can. Two queries."""
        return problems(self._read_definition())

    @transaction.atomic
    def copy(self) -> Edition:
        """An unpublished edition with the next number and the same questions, words and numbers."""
        highest = Edition.objects.aggregate(highest=models.Max("number"))["highest"]
        own = ("id", "number", "title", "published_on")
        edition = Edition.objects.create(
            number=highest + 1,
            title=f"Copy of {self.title}"[:100],
            **{f.name: getattr(self, f.name) for f in self._meta.fields if f.name not in own},
        )
        for model, parts in ((Item, self.items.all()), (Band, self.bands.all())):
            for part in parts:
                part.pk, part.edition = None, edition
            model.objects.bulk_create(parts)
        return edition

    def definition(self) -> scoring.Definition:
        """The edition as plain data. Two queries; none after the first time once it is published."""
        return _frozen_definition(self.pk) if self.is_published else self._read_definition()

    def _read_definition(self) -> scoring.Definition:
        return scoring.Definition(
            number=self.number,
            title=self.title,
            window=self.window,
            labels=tuple(self.labels),
            did_not_come_up=self.did_not_come_up,
            items=tuple(
                scoring.Item(item.key, Category(item.category), item.about, item.text, item.short)
                for item in self.items.all()
            ),
            bands={
                (Category(band.category), band.level): scoring.BandWords(band.label, band.words)
                for band in self.bands.all()
            },
            thresholds=scoring.Thresholds(
                minimum_answered=self.minimum_answered,
                low_below=Fraction(str(self.low_below)),
                high_above=Fraction(str(self.high_above)),
                edge=Fraction(str(self.edge)),
                lowest_gap=Fraction(str(self.lowest_gap)),
                same_below=Fraction(str(self.same_below)),
                unusual_above=Fraction(str(self.unusual_above)),
                comparable_after_days=self.comparable_after_days,
                partner_gap=Fraction(str(self.partner_gap)),
            ),
        )


@lru_cache(maxsize=64)
def _frozen_definition(edition_pk: int) -> scoring.Definition:
    # A published edition cannot change, so a process may keep it for good.
    return Edition.objects.get(pk=edition_pk)._read_definition()


class Item(models.Model):
    """One question of an edition."""

    class About(models.TextChoices):
        ME = "me", "About me"
        PARTNER = "partner", "What I notice from my partner"
        US = "us", "About us"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(
        help_text="1 to 24: its place in the whole checkup."
    )
    key = models.SlugField(
        help_text="Its lasting name; the same question keeps it in later editions."
    )
    category = models.CharField(max_length=10, choices=CHOICES)
    about = models.CharField(max_length=7, choices=About.choices)
    text = models.CharField(
        max_length=200,
        help_text="A statement about the last two weeks, never reversed, one thing only.",
    )
    short = models.CharField(max_length=40, help_text="A few words, for quoting the answer back.")

    class Meta:
        ordering = ["edition", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "position"],
                name="quiz_item_one_a_position",
                violation_error_message="Another question of this edition has this position.",
            ),
            models.UniqueConstraint(
                fields=["edition", "key"],
                name="quiz_item_one_a_key",
                violation_error_message="Another question of this edition has this key.",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Band(models.Model):
    """What a snapshot says of one category at one level."""

    class Level(models.TextChoices):
        LOW = "low", "Low"
        MIDDLE = "middle", "Middle"
        HIGH = "high", "High"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="bands")
    category = models.CharField(max_length=10, choices=CHOICES)
    level = models.CharField(max_length=6, choices=Level.choices)
    label = models.CharField(max_length=60, help_text="Such as “comes and goes”.")
    words = models.TextField(help_text="Two to four sentences to the reader, never diagnosing.")

    class Meta:
        ordering = ["edition", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "category", "level"],
                name="quiz_band_one_a_level",
                violation_error_message="This category has words for this level already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category}: {self.label}"


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: 32 bytes from which it cannot be had back."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """192 random bits as 32 characters of `A-Za-z0-9_-`."""
    return secrets.token_urlsafe(24)


def unreached() -> list[None]:
    return [None] * ITEMS


class Checks(models.Func):
    """A Boolean SQL expression over one column, for a CheckConstraint."""

    output_field = models.BooleanField()
    conditional = True


class CheckupQuerySet(models.QuerySet):
    def kept(self, today: dt.date | None = None) -> CheckupQuerySet:
        """Those whose time has not run out, whether or not the purge has come by since."""
        today = today or timezone.localdate()
        unfinished_since = today - dt.timedelta(days=settings.CHECKUP_UNFINISHED_DAYS)
        finished_since = today - dt.timedelta(days=settings.CHECKUP_FINISHED_DAYS)
        return self.filter(
            Q(finished_on__isnull=True, started_on__gte=unfinished_since)
            | Q(finished_on__gte=finished_since)
        )

    def with_token(self, token: str) -> CheckupQuerySet:
        """The one checkup whose link holds this token; looked up by its hash."""
        return self.filter(token_hash=token_hash(token)).select_related("edition")


class Checkup(models.Model):
    """One reader's answers to one edition. `answers` stand in the order of the edition's items:
    0 to 4, scoring.SKIPPED, scoring.DID_NOT_COME_UP, or NULL on a page that is not saved yet."""

    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="checkups")
    answers = ArrayField(models.SmallIntegerField(null=True), size=ITEMS, default=unreached)
    attention = models.FloatField(null=True)
    curiosity = models.FloatField(null=True)
    repair = models.FloatField(null=True)
    warmth = models.FloatField(null=True)
    started_on = models.DateField()
    finished_on = models.DateField(null=True)
    earlier = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="later", db_index=True
    )

    objects = CheckupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Checks(
                    F("answers"),
                    template=(
                        f"(cardinality(%(expressions)s) = {ITEMS}"
                        f" AND {scoring.DID_NOT_COME_UP} <= ALL (%(expressions)s)"
                        f" AND {scoring.HIGHEST} >= ALL (%(expressions)s))"
                    ),
                ),
                name="quiz_checkup_answers_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Checkup {self.pk}"

    @classmethod
    def start(cls, edition: Edition, *, earlier: Checkup | None = None) -> tuple[Checkup, str]:
        """Make an empty checkup; the token returned with it is kept nowhere else."""
        token = new_token()
        checkup = cls.objects.create(
            token_hash=token_hash(token),
            edition=edition,
            started_on=timezone.localdate(),
            earlier=earlier,
        )
        return checkup, token

    @classmethod
    @transaction.atomic
    def save_page(cls, pk: int, category: Category, answers: dict[str, int]) -> Checkup:
        """Save one page's answers (by item key) and score the checkup when all pages are saved.

        A question that is not among `answers` keeps the answer it has, or else counts as skipped.
        The row is locked, so that two tabs cannot undo each other's pages. Raises
        scoring.ScoringError for an answer the page does not offer, Checkup.DoesNotExist when it has
        been deleted meanwhile. A checkup that is closed stays as it is.
        """
        checkup = cls.objects.select_for_update(of=("self",)).select_related("edition").get(pk=pk)
        if not checkup.takes_answers():
            return checkup
        definition = checkup.edition.definition()
        for position in definition.positions_in(category):
            item = definition.items[position]
            answer = answers.get(item.key, checkup.answers[position])
            if answer is None:
                answer = scoring.SKIPPED
            if not definition.allows(category, answer):
                raise scoring.ScoringError(f"{answer} is no answer to {item.key}")
            checkup.answers[position] = answer
        if checkup.next_category is None:
            checkup.finished_on = checkup.finished_on or timezone.localdate()
            for result in checkup.result().categories:
                value = None if result.score is None else float(result.score)
                setattr(checkup, result.category.value, value)
        checkup.save(update_fields=["answers", "finished_on", *CATEGORY_ORDER])
        return checkup

    @property
    def is_finished(self) -> bool:
        return self.finished_on is not None

    def takes_answers(self) -> bool:
        """Whether answers may still be changed: until the end of the day on which it was finished, and
        no longer once a retake has grown from it, because that is compared with what stands here.

        One query, on that day only.
        """
        if self.finished_on is None:
            return True
        return self.finished_on >= timezone.localdate() and not self.later.exists()

    @property
    def next_category(self) -> Category | None:
        """The first page that has not been saved; None when all are. No query once published."""
        definition = self.edition.definition()
        for item, answer in zip(definition.items, self.answers, strict=True):
            if answer is None:
                return item.category
        return None

    def result(self) -> scoring.Result:
        """What the snapshot says, from the edition's own words."""
        return scoring.score(self.edition.definition(), self.answers)

    def taken(self) -> Taken:
        """The finished checkup as plain data, for a comparison."""
        return Taken(self.edition.definition(), tuple(self.answers), self.finished_on)

    def kept_earlier(self) -> Checkup | None:
        """The checkup that this one grew from, unless it has been deleted or its time has run out.

        One query, none without a tie.
        """
        if self.earlier_id is None:
            return None
        return Checkup.objects.kept().select_related("edition").filter(pk=self.earlier_id).first()

    def page_answers(self, category: Category) -> dict[str, int | None]:
        """The stored answers of one page by item key; None where the page was never saved."""
        definition = self.edition.definition()
        return {
            definition.items[position].key: self.answers[position]
            for position in definition.positions_in(category)
        }

    @property
    def expires_on(self) -> dt.date:
        """The last day on which its link opens."""
        if self.finished_on:
            return self.finished_on + dt.timedelta(days=settings.CHECKUP_FINISHED_DAYS)
        return self.started_on + dt.timedelta(days=settings.CHECKUP_UNFINISHED_DAYS)


def step_address(token: str, category: Category) -> str:
    return reverse("checkup_step", args=[token, category])
