"""Practices to do, the evidence behind each, and the deck of real questions."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from articles.addresses import page_address
from articles.derived import DerivedText
from articles.models import CATEGORY_CHOICES, FormerlyQuerySet, PublishedQuerySet
from articles.searching import SearchedManager, search_index, search_vector, words_of
from articles.versions import versioned
from stalelove.categories import CATEGORY_ORDER, Category


def lines(text: str) -> list[str]:
    """The filled lines of a text that holds one item a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


# A practice of this name could not be reached: the request builder stands at that address.
TAKEN_SLUGS = ("request",)
DAYS_OF_A_WEEK = 7


def not_taken(slug: str) -> None:
    """Refuse a slug that is another page's address."""
    if slug in TAKEN_SLUGS:
        raise ValidationError(_("“%(slug)s” is another page's address."), params={"slug": slug})


def seven_lines(text: str) -> None:
    """Refuse a week that has not a line for each day."""
    if (count := len(lines(text))) != DAYS_OF_A_WEEK:
        raise ValidationError(
            ngettext_lazy(
                "A week has seven lines, one a day; this has %(count)d.",
                "A week has seven lines, one a day; this has %(count)d.",
                count,
            ),
            params={"count": count},
        )


def category_order(field: str) -> models.Case:
    """An expression that sorts by the four categories in their fixed order."""
    return models.Case(
        *(models.When(**{field: name}, then=position) for name, position in CATEGORY_ORDER.items())
    )


class InCategoryQuerySet(PublishedQuerySet):
    def under(self, category: str) -> InCategoryQuerySet:
        return self.filter(category=category)

    def in_category_order(self) -> InCategoryQuerySet:
        """By the four categories in their fixed order, then by position."""
        return self.order_by(category_order("category"), "position", "pk")


class ExerciseQuerySet(InCategoryQuerySet, FormerlyQuerySet):
    def for_lists(self) -> ExerciseQuerySet:
        """Only what a list shows, and what the picker asks."""
        return self.only(
            *("slug", "title", "summary", "category", "minutes", "how_often", "needs"),
            *("works_at_distance", "involves_touch"),
        )

    def for_articles(self) -> ExerciseQuerySet:
        """Only what an article says of it."""
        return self.only("slug", "title", "summary", "minutes", "needs")

    def with_evidence(self) -> ExerciseQuerySet:
        """With its evidence, in one query more."""
        return self.prefetch_related("evidence")


@versioned(follow=("evidence",))
class Exercise(models.Model):
    """One small practice. Texts with several items hold one a line."""

    class Needs(models.TextChoices):
        ALONE = "alone", _("Works alone")
        BOTH = "both", _("Needs both of you")
        EITHER = "either", _("Alone or together")

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(
        _("slug"),
        max_length=120,
        unique=True,
        validators=[not_taken],
        help_text=_("The last part of the address. Changing it keeps the old address working."),
        error_messages={"unique": _("Another exercise has this address. Choose another one.")},
    )
    category = models.CharField(
        _("category"),
        max_length=10,
        choices=CATEGORY_CHOICES,
        help_text=_("Where readers find it, and after which result."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=0,
        help_text=_("Its place within the category; the lowest is suggested first."),
    )
    summary = models.CharField(
        _("summary"), max_length=200, help_text=_("One sentence that says what you do.")
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        validators=[MinValueValidator(1), MaxValueValidator(180)],
        help_text=_("For one go."),
    )
    how_often = models.CharField(
        _("how often"), max_length=120, help_text=_("In words: “Once a day”.")
    )
    needs = models.CharField(_("who it needs"), max_length=6, choices=Needs.choices)
    works_at_distance = models.BooleanField(
        _("works at distance"),
        default=False,
        help_text=_("Can be done by phone or video when you are apart."),
    )
    involves_touch = models.BooleanField(_("involves touch"), default=False)
    steps = models.TextField(_("steps"), help_text=_("One step a line, three to seven of them."))
    words_to_borrow = models.TextField(
        _("words to borrow"), help_text=_("One sentence a line that a reader could say.")
    )
    not_when = models.TextField(
        _("not when"), help_text=_("When to leave it alone. Always names fear of the partner.")
    )
    if_it_goes_badly = models.TextField(
        _("if it goes badly"), help_text=_("What to do when it does not go well.")
    )
    week = models.TextField(
        _("one-week plan"),
        validators=[seven_lines],
        help_text=_("Seven lines, one a day; the seventh looks back."),
    )
    is_published = models.BooleanField(
        _("is published"), default=False, help_text=_("Readers see it only when this is set.")
    )
    articles = models.ManyToManyField(
        "articles.Article",
        verbose_name=_("articles"),
        blank=True,
        related_name="exercises",
        help_text=_("What to read with it; each of these articles leads here."),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    shown_plain = ("title", "summary", "how_often")

    search_text = DerivedText(
        default="",
        compute=lambda exercise: words_of(
            exercise.steps,
            exercise.words_to_borrow,
            exercise.not_when,
            exercise.if_it_goes_badly,
            exercise.week,
        ),
    )
    search = search_vector("title", "summary")

    objects = SearchedManager.from_queryset(ExerciseQuerySet)()

    class Meta:
        ordering = ["category", "position", "pk"]
        verbose_name = _("exercise")
        verbose_name_plural = _("exercises")
        indexes = [search_index("exercises_exercise_search")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category__in=list(Category)),
                name="exercises_exercise_category",
                violation_error_message=_("Choose one of the four categories."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.address_of(self.slug)

    @staticmethod
    def address_of(slug: str) -> str:
        return page_address("exercise", slug)

    @property
    def filed_under(self) -> Category:
        return Category(self.category)

    @property
    def step_list(self) -> list[str]:
        return lines(self.steps)

    @property
    def borrowed_lines(self) -> list[str]:
        return lines(self.words_to_borrow)

    @property
    def week_days(self) -> list[str]:
        """Seven lines, whatever a script may have stored past the validator."""
        return [*lines(self.week), *[""] * DAYS_OF_A_WEEK][:DAYS_OF_A_WEEK]


class FormerAddress(models.Model):
    """A slug that an exercise had once; see articles.models.FormerAddress."""

    slug = models.SlugField(max_length=120, unique=True)
    exercise = models.ForeignKey(
        Exercise,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="former_addresses",
    )

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")

    def __str__(self) -> str:
        return self.slug


class EvidenceQuerySet(models.QuerySet):
    def published(self) -> EvidenceQuerySet:
        """That of the exercises which readers may see."""
        return self.filter(exercise__is_published=True)

    def by_grade(self) -> EvidenceQuerySet:
        """The best grade first, and within a grade in the order of the exercises. With them."""
        rows = self.select_related("exercise").defer("exercise__search", "exercise__search_text")
        return rows.order_by(
            "grade", category_order("exercise__category"), "exercise__position", "position", "pk"
        )


@versioned()
class Evidence(models.Model):
    """What one study (or clinical custom) says of an exercise: printed as it stands here."""

    class Grade(models.TextChoices):
        A = "A", _("A: randomized, established couples, a relationship outcome")
        B = "B", _("B: randomized, but strangers, small, another outcome or mixed")
        C = "C", _("C: followed over time, diaries or correlations")
        D = "D", _("D: clinical custom, untested as packaged")

    exercise = models.ForeignKey(
        Exercise, verbose_name=_("exercise"), on_delete=models.CASCADE, related_name="evidence"
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The best evidence is first.")
    )
    grade = models.CharField(_("grade"), max_length=1, choices=Grade.choices)
    finding = models.TextField(_("finding"), help_text=_("What was found, in plain words."))
    population = models.CharField(
        _("population"), max_length=200, blank=True, help_text=_("Who was studied.")
    )
    participants = models.PositiveIntegerField(
        _("participants"), null=True, blank=True, help_text=_("How many, when known.")
    )
    unknowns = models.TextField(_("unknowns"), help_text=_("What this does not tell us."))
    citation = models.CharField(
        _("citation"),
        max_length=300,
        blank=True,
        help_text=_("Authors (year), journal, volume, pages; empty for D alone."),
    )
    doi = models.CharField(_("DOI"), max_length=100, blank=True, help_text=_("Starts with 10."))
    replication = models.TextField(
        _("replication"),
        blank=True,
        help_text=_("When somebody tried again and did not find it: say so, with the citation."),
    )
    checked_on = models.DateField(
        _("checked on"),
        help_text=_("The day on which somebody last compared this with its source."),
    )

    shown_plain = ("population",)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(doi="") | models.Q(doi__startswith="10."),
                name="exercises_evidence_doi_starts_with_10",
                violation_error_message=_("A DOI starts with 10. — leave out “https://doi.org/”."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.grade}: {self.citation or self.finding}"[:100]


@versioned()
class Question(models.Model):
    """One question of the deck."""

    class Depth(models.IntegerChoices):
        LIGHT = 1, _("Light")
        CLOSER = 2, _("Closer")
        DEEP = 3, _("Deep")

    slug = models.SlugField(
        _("slug"), unique=True, help_text=_("Its lasting name, such as attention-01.")
    )
    category = models.CharField(_("category"), max_length=10, choices=CATEGORY_CHOICES)
    depth = models.PositiveSmallIntegerField(_("depth"), choices=Depth.choices)
    text = models.CharField(_("question"), max_length=300, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(
        _("is published"), default=True, help_text=_("Readers see it only when this is set.")
    )

    shown_plain = ("text",)

    objects = InCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["category", "position", "pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.text

    @property
    def filed_under(self) -> Category:
        return Category(self.category)
