"""Editions of the checkup, and the checkups that readers take.

A checkup's row holds no name, address or time, and only the SHA-256 of its token: nobody but the
holder of the link can find it (product.md, "What is kept of a reader").
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.compiled import Compiled, CompiledUpdate
from articles.models import CATEGORY_CHOICES
from articles.rendering import typographic
from quiz import scoring, together
from quiz.change import Taken
from quiz.edition_rules import Problem, problems
from stalelove.categories import CATEGORY_ORDER, Category, in_order

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
        _("number"),
        unique=True,
        help_text=_("Counts up; the highest published number is the current edition."),
    )
    title = models.CharField(
        _("title"), max_length=100, help_text=_("For editors; readers do not see it.")
    )
    window = models.CharField(
        _("window"),
        max_length=60,
        default="the last two weeks",
        help_text=_("What the answers look back on, as it stands in “Think of …”."),
    )
    labels = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("labels"),
        size=5,
        default=default_labels,
        help_text=_("The five answers from least to most, parted by commas."),
    )
    did_not_come_up = models.CharField(
        _("did not come up"),
        max_length=40,
        default="It did not come up",
        help_text=_("The extra answer, under Repair only."),
    )
    minimum_answered = models.PositiveSmallIntegerField(
        _("minimum answered"),
        default=4,
        help_text=_("Fewer answers than this in a category: “not enough answers to say”."),
    )
    low_below = models.DecimalField(
        _("low below"),
        max_digits=6,
        decimal_places=3,
        default=37.5,
        help_text=_("Below this line: the low band."),
    )
    high_above = models.DecimalField(
        _("high above"),
        max_digits=6,
        decimal_places=3,
        default=62.5,
        help_text=_("Above this line: the high band."),
    )
    edge = models.DecimalField(
        _("edge"),
        max_digits=6,
        decimal_places=3,
        default=4.2,
        help_text=_("This near to a line: “on the edge of”."),
    )
    lowest_gap = models.DecimalField(
        _("lowest gap"),
        max_digits=6,
        decimal_places=3,
        default=12.5,
        help_text=_("The lowest category is named when it is this far below the next."),
    )
    same_below = models.DecimalField(
        _("same below"),
        max_digits=6,
        decimal_places=3,
        default=10,
        help_text=_("A change below this: “about the same”."),
    )
    unusual_above = models.DecimalField(
        _("unusual above"),
        max_digits=6,
        decimal_places=3,
        default=20,
        help_text=_("A change above this: “more than the usual wobble”."),
    )
    comparable_after_days = models.PositiveSmallIntegerField(
        _("comparable after days"),
        default=14,
        help_text=_("Two snapshots closer than this are not compared."),
    )
    partner_gap = models.DecimalField(
        _("partner gap"),
        max_digits=6,
        decimal_places=3,
        default=25,
        help_text=_("Two partners' views are called different from this gap on."),
    )
    published_on = models.DateField(_("published on"), null=True, blank=True, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    def __str__(self) -> str:
        return gettext("Edition %(number)s") % {"number": self.number}

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
            raise ValidationError(
                gettext("%(edition)s is published already.") % {"edition": edition}
            )
        if found := edition.problems():
            raise ValidationError(found)
        self.published_on = on or timezone.localdate()
        self.save(update_fields=["published_on"])

    def problems(self) -> list[str]:
        """Why it cannot be published yet, in sentences; empty when it can. Two queries."""
        return [_in_words(problem) for problem in problems(self._read_definition())]

    @transaction.atomic
    def copy(self) -> Edition:
        """An unpublished edition with the next number and the same questions, words and numbers."""
        highest = Edition.objects.aggregate(highest=models.Max("number"))["highest"]
        own = ("id", "number", "title", "published_on")
        edition = Edition.objects.create(
            number=highest + 1,
            title=(gettext("Copy of %(title)s") % {"title": self.title})[:100],
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
        # What is frozen cannot be mended any more: its quotation marks are set here.
        return scoring.Definition(
            number=self.number,
            title=typographic(self.title),
            window=typographic(self.window),
            labels=tuple(map(typographic, self.labels)),
            did_not_come_up=typographic(self.did_not_come_up),
            items=tuple(
                scoring.Item(
                    *(item.key, Category(item.category), item.about),
                    *(typographic(item.text), typographic(item.short)),
                )
                for item in self.items.all()
            ),
            bands={
                (Category(band.category), band.level): scoring.BandWords(
                    typographic(band.label), typographic(band.words)
                )
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


def _in_words(problem: Problem) -> str:
    """In the language of whoever looks, the categories that it names too."""
    return gettext(problem.sentence) % {
        name: gettext(value.label) if isinstance(value, Category) else value
        for name, value in problem.values.items()
    }


@lru_cache(maxsize=64)
def _frozen_definition(edition_pk: int) -> scoring.Definition:
    # A published edition cannot change, so a process may keep it for good.
    return Edition.objects.get(pk=edition_pk)._read_definition()


class Item(models.Model):
    """One question of an edition."""

    class About(models.TextChoices):
        ME = "me", _("About me")
        PARTNER = "partner", _("What I notice from my partner")
        US = "us", _("About us")

    edition = models.ForeignKey(
        Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="items"
    )
    position = models.PositiveSmallIntegerField(
        _("position"), help_text=_("1 to 24: its place in the whole checkup.")
    )
    key = models.SlugField(
        _("key"), help_text=_("Its lasting name; the same question keeps it in later editions.")
    )
    category = models.CharField(_("category"), max_length=10, choices=CATEGORY_CHOICES)
    about = models.CharField(_("about"), max_length=7, choices=About.choices)
    text = models.CharField(
        _("text"),
        max_length=200,
        help_text=_("A statement about the last two weeks, never reversed, one thing only."),
    )
    short = models.CharField(
        _("short"), max_length=40, help_text=_("A few words, for quoting the answer back.")
    )

    class Meta:
        ordering = ["edition", "position"]
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "position"],
                name="quiz_item_one_a_position",
                violation_error_message=_("Another question of this edition has this position."),
            ),
            models.UniqueConstraint(
                fields=["edition", "key"],
                name="quiz_item_one_a_key",
                violation_error_message=_("Another question of this edition has this key."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Band(models.Model):
    """What a snapshot says of one category at one level."""

    class Level(models.TextChoices):
        LOW = "low", _("Low")
        MIDDLE = "middle", _("Middle")
        HIGH = "high", _("High")

    edition = models.ForeignKey(
        Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="bands"
    )
    category = models.CharField(_("category"), max_length=10, choices=CATEGORY_CHOICES)
    level = models.CharField(_("level"), max_length=6, choices=Level.choices)
    label = models.CharField(_("label"), max_length=60, help_text=_("Such as “comes and goes”."))
    words = models.TextField(
        _("words"), help_text=_("Two to four sentences to the reader, never diagnosing.")
    )

    class Meta:
        ordering = ["edition", "pk"]
        verbose_name = _("band")
        verbose_name_plural = _("bands")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "category", "level"],
                name="quiz_band_one_a_level",
                violation_error_message=_("This category has words for this level already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.label}"


class CountedPeriod(models.Model):
    """What editors see of an edition's readers in one period: one or more whole calendar months.

    Written once, when the period is over, and never changed: so no reader's coming, going or deleting
    can be seen by looking twice. `figures` hold nothing that speaks of fewer than ten readers
    (quiz.periods says how and why).
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="periods")
    first_month = models.DateField(help_text=_("The first day of its first month."))
    last_month = models.DateField(help_text=_("The first day of its last month."))
    figures = models.JSONField()
    counted_on = models.DateField()

    class Meta:
        ordering = ["-first_month"]
        verbose_name = _("counted period")
        verbose_name_plural = _("counted periods")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "first_month"],
                name="quiz_period_counted_once",
                violation_error_message=_("This period has been counted already."),
            ),
            models.CheckConstraint(
                condition=Q(first_month__lte=F("last_month")), name="quiz_period_in_order"
            ),
        ]

    def __str__(self) -> str:
        first, last = (
            date_format(month, "YEAR_MONTH_FORMAT")
            for month in (self.first_month, self.last_month)
        )
        if first == last:
            return first
        return gettext("%(first)s to %(last)s") % {"first": first, "last": last}


class StoppedCount(models.Model):
    """How many unfinished first checkups of a month are gone, by the pages that were saved.

    Unfinished checkups are deleted within days, by whatever road: a trigger on quiz_checkup counts
    them here as they go. The count is all that stays, until the month is part of a counted period.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="stopped_counts")
    month = models.DateField()
    pages = models.PositiveSmallIntegerField()
    readers = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("stopped count")
        verbose_name_plural = _("stopped counts")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "month", "pages"], name="quiz_stopped_one_a_page"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}, {self.pages}: {self.readers}"


class Measurement(models.Model):
    """How well an edition measures, by all that was stored of the months up to `through`.

    Written once a month at most and never changed, for the same reason as a CountedPeriod.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="measurements")
    through = models.DateField(help_text=_("The first day of the last month that counts."))
    figures = models.JSONField()
    measured_on = models.DateField()

    class Meta:
        ordering = ["-through"]
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "through"],
                name="quiz_measured_once_a_month",
                violation_error_message=_(
                    "This edition has been measured for this month already."
                ),
            )
        ]

    def __str__(self) -> str:
        return gettext("%(edition)s through %(month)s") % {
            "edition": self.edition,
            "month": date_format(self.through, "YEAR_MONTH_FORMAT"),
        }


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: 32 bytes from which it cannot be had back."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """192 random bits as 32 characters of `A-Za-z0-9_-`."""
    return secrets.token_urlsafe(24)


def derived_token(token: str, purpose: str) -> str:
    """Another token that follows from this one and this purpose, and from which it cannot be had back.

    So a reader's one link leads on to the others, although the database keeps none of them.
    """
    mac = hmac.digest(token.encode(), purpose.encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:24]).decode()


def unreached() -> list[None]:
    return [None] * ITEMS


class Checks(models.Func):
    """A Boolean SQL expression over one column, for a CheckConstraint."""

    output_field = models.BooleanField()
    conditional = True


def _oldest_kept() -> tuple[dt.date, dt.date]:
    """The first day of an unfinished checkup, and the last of a finished one, that is still kept."""
    today = timezone.localdate()
    return (
        today - dt.timedelta(days=settings.CHECKUP_UNFINISHED_DAYS),
        today - dt.timedelta(days=settings.CHECKUP_FINISHED_DAYS),
    )


def any_of(pks: list[int]) -> RawSQL:
    """For `__in`: thousands of keys as one parameter, where a list would be one each."""
    return RawSQL("SELECT unnest(%s::bigint[])", [pks])


class CheckupQuerySet(models.QuerySet):
    def kept(self, since: tuple[dt.date, dt.date] | None = None) -> CheckupQuerySet:
        """Those whose time has not run out, whether or not the purge has come by since.

        `since` is for a query that is built once, and so must not know today's date.
        """
        unfinished, finished = since or _oldest_kept()
        return self.filter(
            Q(finished_on__isnull=True, started_on__gte=unfinished) | Q(finished_on__gte=finished)
        )

    def expired(self) -> CheckupQuerySet:
        """All the others, for the purge."""
        unfinished, finished = _oldest_kept()
        return self.filter(
            Q(finished_on__isnull=True, started_on__lt=unfinished) | Q(finished_on__lt=finished)
        )

    def with_token(self, token: str) -> CheckupQuerySet:
        """The one checkup whose link holds this token; looked up by its hash."""
        return self.with_hash(token_hash(token))

    def with_hash(self, hash: bytes) -> CheckupQuerySet:
        return self.filter(token_hash=hash)

    def with_settled(self) -> CheckupQuerySet:
        """With `is_settled`: whether something hangs on what a finished checkup says, which is a retake,
        or what a partner would see."""
        retakes = Checkup.objects.filter(earlier=models.OuterRef("pk"))
        confirmed = Participant.objects.filter(checkup=models.OuterRef("pk"), has_confirmed=True)
        return self.annotate(
            is_settled=models.ExpressionWrapper(
                # In this order: an unfinished one is looked at no further.
                Q(finished_on__isnull=False)
                & (Q(models.Exists(retakes)) | Q(models.Exists(confirmed))),
                output_field=models.BooleanField(),
            )
        )

    @transaction.atomic
    def erase(self) -> int:
        """Delete these checkups for good, and end what they take part in; how many there were.

        A shared view is gone for both. Before both have confirmed only this person's side goes, so that
        the other's page does not tell (together.leave).
        """
        pks = list(self.values_list("pk", flat=True))
        sides = Participant.objects.filter(checkup__in=any_of(pks))
        pairings = Pairing.objects.select_for_update().filter(pk__in=sides.values("pairing"))
        locked = list(pairings.order_by("pk"))
        leaving = list(sides)
        for pairing in locked:
            pairing.lose([side.pk for side in leaving if side.pairing_id == pairing.pk])
        # In three statements, not a hundred rows at a time: Django would load all that refers to each.
        # Whatever else might one day refer to a row is refused at the commit.
        sides.all().delete()
        Checkup.objects.filter(earlier__in=any_of(pks)).update(earlier=None)
        Checkup.objects.filter(pk__in=any_of(pks))._raw_delete(self.db)
        return len(pks)


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

    # As CheckupQuerySet.with_settled has read it; None where nobody has.
    is_settled: bool | None = None

    objects = CheckupQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkup")
        verbose_name_plural = _("checkups")
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
    def opened_by(cls, token: str) -> Checkup | None:
        """The one kept checkup whose link holds this token. One query."""
        unfinished, finished = _oldest_kept()
        return _kept_with_hash.first(
            hash=token_hash(token), unfinished=unfinished, finished=finished
        )

    def save_page(self, category: Category, answers: Mapping[str, int]) -> None:
        """Save one page's answers (by item key) and score the checkup when all pages are saved.

        A question that is not among `answers` keeps the answer it has, or else counts as skipped.
        Raises scoring.ScoringError for an answer the page does not offer, Checkup.DoesNotExist when
        it has been deleted meanwhile. A checkup that is closed stays as it is.

        Two tabs cannot undo each other's pages. An unfinished row is written only if its answers
        still are those that were read: one query, which locks nothing beforehand, and the only
        thing that can happen to such a row is another page (or its end). Where another page came
        first, and where the checkup is finished, so that a retake or a partner's view may hang on
        it, the row is locked and read anew.
        """
        if not self.is_finished and self._write_page(category, answers):
            return
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Checkup.objects.select_for_update())
            self.is_settled = None
            if self.takes_answers():
                self._write_page(category, answers)

    def _write_page(self, category: Category, page: Mapping[str, int]) -> bool:
        """Whether the row still was as it was read, and so has been written."""
        definition = self.definition()
        answers = definition.with_page(self.answers, category, page)
        finished_on = self.finished_on
        scores: dict[str, float | None] = dict.fromkeys(CATEGORY_ORDER)
        if None not in answers:
            finished_on = finished_on or timezone.localdate()
            for each in scoring.score(definition, answers).categories:
                scores[each.category.value] = None if each.score is None else float(each.score)
        if not _page_written(
            pk=self.pk,
            read=_array(self.answers),
            answers=_array(answers),
            finished_on=finished_on,
            **scores,
        ):
            return False
        self.answers, self.finished_on = answers, finished_on
        for name, score in scores.items():
            setattr(self, name, score)
        return True

    def definition(self) -> scoring.Definition:
        """Its edition as plain data. It is known by its key alone, because a checkup's edition is a
        published one: three queries when a process first meets it, none after that."""
        return _frozen_definition(self.edition_id)

    @property
    def is_finished(self) -> bool:
        return self.finished_on is not None

    def takes_answers(self) -> bool:
        """Whether answers may still be changed: until the end of the day on which it was finished, and
        no longer once a retake has grown from it, which is compared with what stands here, or once its
        reader has confirmed what a partner would see.

        No query where it was opened by its link; one at most, on that day only, where it was not.
        """
        if self.finished_on is None:
            return True
        if self.finished_on < timezone.localdate():
            return False
        if self.is_settled is None:
            self.is_settled = _with_settled.first(pk=self.pk).is_settled
        return not self.is_settled

    @property
    def next_category(self) -> Category | None:
        """The first page that has not been saved; None when all are."""
        return self.definition().next_category(self.answers)

    def result(self) -> scoring.Result:
        """What the snapshot says, from the edition's own words."""
        return scoring.score(self.definition(), self.answers)

    def taken(self) -> Taken:
        """The finished checkup as plain data, for a comparison."""
        return Taken(self.definition(), tuple(self.answers), self.finished_on)

    def kept_earlier(self) -> Checkup | None:
        """The checkup that this one grew from, unless it has been deleted or its time has run out.

        One query, none without a tie.
        """
        if self.earlier_id is None:
            return None
        return Checkup.objects.kept().filter(pk=self.earlier_id).first()

    def page_answers(self, category: Category) -> dict[str, int | None]:
        """The stored answers of one page by item key; None where the page was never saved."""
        definition = self.definition()
        return {
            definition.items[position].key: self.answers[position]
            for position in definition.positions_in(category)
        }

    @property
    def is_kept(self) -> bool:
        """Whether its link still opens; what CheckupQuerySet.kept says of many."""
        return self.expires_on >= timezone.localdate()

    @property
    def expires_on(self) -> dt.date:
        """The last day on which its link opens."""
        if self.finished_on:
            return self.finished_on + dt.timedelta(days=settings.CHECKUP_FINISHED_DAYS)
        return self.started_on + dt.timedelta(days=settings.CHECKUP_UNFINISHED_DAYS)


_kept_with_hash = Compiled(
    lambda hash, unfinished, finished: (
        Checkup.objects.kept((unfinished, finished)).with_hash(hash).with_settled()
    )
)
_with_settled = Compiled(lambda pk: Checkup.objects.only("pk").filter(pk=pk).with_settled())


def _array(answers: Sequence[scoring.Answer]) -> str:
    """As PostgreSQL writes it. psycopg would adapt each number by itself, and ask of each its type."""
    return "{" + str([*answers])[1:-1].replace("None", "NULL") + "}"


_page_written = CompiledUpdate(
    lambda pk, read, answers, finished_on, attention, curiosity, repair, warmth: (
        Checkup.objects.filter(pk=pk, answers=read),
        {
            "answers": answers,
            "finished_on": finished_on,
            "attention": attention,
            "curiosity": curiosity,
            "repair": repair,
            "warmth": warmth,
        },
    )
)


class PairingQuerySet(models.QuerySet):
    def over(self, now: dt.datetime | None = None) -> PairingQuerySet:
        """Those of which nothing can be seen or done any more, for the purge (together.is_over)."""
        now = now or timezone.now()
        sides = Participant.objects.filter(pairing=models.OuterRef("pk"))
        return self.filter(
            Q(opened_at__isnull=True, made_at__lte=now - together.WAITING)
            | Q(opened_at__lte=now - together.VIEW)
            | ~models.Exists(sides)
        )

    def erase(self) -> int:
        """Delete these pairings with both sides; the checkups stay. How many there were."""
        return self.delete()[1].get("quiz.Pairing", 0)


class Pairing(models.Model):
    """Two checkups whose readers may come to see something of each other (quiz.together).

    It keeps times, where a checkup keeps dates: an invitation is good for 72 hours, not until the third
    midnight. It is deleted when it is over, and holds nothing of a person but the tie.
    """

    # NULL once it is spent: a used invitation and one that never was are the same to the database.
    invitation_hash = models.BinaryField(max_length=32, unique=True, null=True, editable=False)
    made_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")

    def __str__(self) -> str:
        return f"Pairing {self.pk}"

    @classmethod
    @transaction.atomic
    def invite(cls, checkup: Checkup, token: str, now: dt.datetime | None = None) -> str:
        """The token of the reader's own link, from a new pairing or the one that is still going on.

        Asking twice makes one. `token` is the checkup's; nothing of it is kept.
        """
        now = now or timezone.now()
        if own := cls.own_link(checkup, token, now):
            return own
        Checkup.objects.select_for_update(of=("self",)).get(pk=checkup.pk)
        if own := cls.own_link(checkup, token, now):  # a second press has waited for the first
            return own
        cls.objects.filter(participants__checkup=checkup).delete()  # over, and not purged yet
        pairing = cls.objects.create(made_at=now)
        own = pairing._join(together.INVITER, checkup, token)
        pairing.invitation_hash = token_hash(invitation_token(own))
        pairing.save(update_fields=["invitation_hash"])
        return own

    @classmethod
    def own_link(cls, checkup: Checkup, token: str, now: dt.datetime | None = None) -> str | None:
        """The token of the reader's own link while their checkup takes part in something; two queries."""
        side = Participant.objects.select_related("pairing").filter(checkup=checkup).first()
        if side is None or together.is_over(side.pairing.state(), now or timezone.now()):
            return None
        return own_token(token, side.pairing)

    @classmethod
    @transaction.atomic
    def take_up(cls, token: str, edition: Edition, now: dt.datetime | None = None) -> str:
        """Use an invitation: a new checkup, tied to it; returns the checkup's token.

        Raises together.RefusedError when it is spent, too old, or has never been.
        """
        pairing = cls.objects.select_for_update().filter(invitation_hash=token_hash(token)).first()
        if pairing is None:
            raise together.RefusedError
        together.take_up(pairing.state(), now or timezone.now())
        checkup, own = Checkup.start(edition)
        pairing._join(together.INVITED, checkup, own)
        pairing.invitation_hash = None
        pairing.save(update_fields=["invitation_hash"])
        return own

    def _join(self, who: together.Who, checkup: Checkup, token: str) -> str:
        own = own_token(token, self)
        Participant.objects.create(
            pairing=self, who=who, checkup=checkup, token_hash=token_hash(own)
        )
        return own

    def sides(self) -> dict[str, Participant]:
        """The participants by who they are; without one whose checkup's time has run out. One query."""
        rows = self.participants.select_related("checkup")
        return {side.who: side for side in rows if side.checkup.is_kept}

    def state(self, sides: Mapping[str, Participant] | None = None) -> together.Pairing:
        """The pairing as plain data. One query, none when `sides` are given."""
        rows = self.sides() if sides is None else sides
        people = {who: side.state() for who, side in rows.items()}
        return together.Pairing(
            made_at=self.made_at,
            inviter=people.get(together.INVITER),
            invited=people.get(together.INVITED),
            invitation_is_spent=self.invitation_hash is None,
            opened_at=self.opened_at,
        )

    def lose(self, participant_pks: Iterable[int]) -> None:
        """These leave. Nothing is left of a view that was open, or of a pairing without anybody."""
        self.participants.filter(pk__in=participant_pks).delete()
        if self.opened_at is not None or not self.participants.exists():
            self.delete()


def own_token(checkup_token: str, pairing: Pairing) -> str:
    """The token of a person's own link to a pairing. The number makes each pairing's another."""
    return derived_token(checkup_token, f"together {pairing.pk}")


def invitation_token(inviters_own_token: str) -> str:
    return derived_token(inviters_own_token, "invitation")


class Participant(models.Model):
    """One person's side of a pairing; it goes with the checkup."""

    pairing = models.ForeignKey(Pairing, on_delete=models.CASCADE, related_name="participants")
    who = models.CharField(max_length=7, choices=[(who, who) for who in together.BOTH])
    checkup = models.OneToOneField(Checkup, on_delete=models.CASCADE, related_name="participant")
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    shows = ArrayField(models.CharField(max_length=10, choices=CATEGORY_CHOICES), default=list)
    has_confirmed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["pairing", "who"], name="quiz_participant_one_a_side"),
            models.CheckConstraint(
                condition=Q(shows__contained_by=list(CATEGORY_ORDER)),
                name="quiz_participant_shows_categories",
            ),
            models.CheckConstraint(
                condition=Q(has_confirmed=False) | Q(shows__len__gt=0),
                name="quiz_participant_confirmed_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pairing}, {self.who}"

    @classmethod
    def with_token(cls, token: str) -> Participant | None:
        """Whose own link holds this token; one query."""
        rows = cls.objects.select_related("pairing", "checkup")
        return rows.filter(token_hash=token_hash(token)).first()

    def state(self) -> together.Person:
        return together.Person(
            has_finished=self.checkup.is_finished,
            shows=frozenset(Category(name) for name in self.shows),
            has_confirmed=self.has_confirmed,
        )

    def would_show(self) -> tuple[together.Shown, ...]:
        """Exactly what the other would see, or sees."""
        return together.shown(self.checkup.result(), [Category(name) for name in self.shows])

    def choose(self, categories: Iterable[Category]) -> None:
        """Raises together.RefusedError when this is not open to the person now."""
        now = timezone.now()
        self._event(lambda state, side: together.choose(state, side.who, now, categories))

    def confirm(self, seen: str) -> None:
        """Raises together.RefusedError too when `seen` is not the fingerprint of what would be shown."""
        now = timezone.now()
        self._event(
            lambda state, side: together.confirm(
                state,
                side.who,
                now,
                seen=seen,
                would_show=together.fingerprint(side.would_show()),
            )
        )

    @transaction.atomic
    def leave(self) -> None:
        """Withdraw or decline, for good."""
        pairing = Pairing.objects.select_for_update().filter(pk=self.pairing_id).first()
        if pairing is not None:
            pairing.lose([self.pk])

    @transaction.atomic
    def _event(self, event: Callable[[together.Pairing, Participant], together.Pairing]) -> None:
        """Read everything anew under the pairing's lock, apply the event, and write what it changed."""
        pairing = Pairing.objects.select_for_update().filter(pk=self.pairing_id).first()
        # The answers cannot change either while what they come to is looked at and confirmed.
        Checkup.objects.select_for_update().filter(pk=self.checkup_id).first()
        rows = Participant.objects.select_related("checkup")
        side = rows.filter(pk=self.pk).first()
        if pairing is None or side is None:  # gone a moment ago, in another tab
            raise together.RefusedError
        after = event(pairing.state(), side)
        person = after.side(side.who)
        side.shows = in_order([str(category) for category in person.shows])
        side.has_confirmed = person.has_confirmed
        side.save(update_fields=["shows", "has_confirmed"])
        if after.opened_at != pairing.opened_at:
            pairing.opened_at = after.opened_at
            pairing.save(update_fields=["opened_at"])
