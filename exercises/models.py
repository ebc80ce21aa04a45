"""Practices to do, the evidence behind each, and the deck of real questions."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from articles.derived import DerivedText
from articles.models import FormerlyQuerySet, PublishedQuerySet
from articles.searching import SearchedManager, search_index, search_vector, words_of
from articles.versions import versioned
from stalelove.categories import CATEGORY_ORDER, CHOICES, Category


def lines(text: str) -> list[str]:
    """The filled lines of a text that holds one item a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


# A practice of this name could not be reached: the request builder stands at that address.
TAKEN_SLUGS = ("request",)
DAYS_OF_A_WEEK = 7


def not_taken(slug: str) -> None:
    """Refuse a slug that is another page's address."""
    if slug in TAKEN_SLUGS:
        raise ValidationError("“%(slug)s” is another page's address.", params={"slug": slug})


def seven_lines(text: str) -> None:
    """Refuse a week that has not a line for each day."""
    if (count := len(lines(text))) != DAYS_OF_A_WEEK:
        raise ValidationError(
            "A week has seven lines, one a day; this has %(count)d.", params={"count": count}
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
    def with_evidence(self) -> ExerciseQuerySet:
        """With its evidence, in one query more."""
        return self.prefetch_related("evidence")


@versioned(follow=("evidence",))
class Exercise(models.Model):
    """One small practice. Texts with several items hold one a line."""

    class Needs(models.TextChoices):
        ALONE = "alone", "Works alone"
        BOTH = "both", "Needs both of you"
        EITHER = "either", "Alone or together"

    title = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=120,
        unique=True,
        validators=[not_taken],
        help_text="The last part of the address. Changing it keeps the old address working.",
        error_messages={"unique": "Another exercise has this address. Choose another one."},
    )
    category = models.CharField(
        max_length=10, choices=CHOICES, help_text="Where readers find it, and after which result."
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Its place within the category; the lowest is suggested first."
    )
    summary = models.CharField(max_length=200, help_text="One sentence that says what you do.")
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(180)], help_text="For one go."
    )
    how_often = models.CharField(max_length=120, help_text="In words: “Once a day”.")
    needs = models.CharField("who it needs", max_length=6, choices=Needs.choices)
    works_at_distance = models.BooleanField(
        default=False, help_text="Can be done by phone or video when you are apart."
    )
    involves_touch = models.BooleanField(default=False)
    steps = models.TextField(help_text="One step a line, three to seven of them.")
    words_to_borrow = models.TextField(help_text="One sentence a line that a reader could say.")
    not_when = models.TextField(
        help_text="When to leave it alone. Always names fear of the partner."
    )
    if_it_goes_badly = models.TextField(help_text="What to do when it does not go well.")
    week = models.TextField(
        "one-week plan",
        validators=[seven_lines],
        help_text="Seven lines, one a day; the seventh looks back.",
    )
    is_published = models.BooleanField(
        default=False, help_text="Readers see it only when this is set."
    )
    articles = models.ManyToManyField(
        "articles.Article",
        blank=True,
        related_name="exercises",
        help_text="What to read with it; each of these articles leads here.",
    )
    updated_at = models.DateTimeField(auto_now=True)
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
        indexes = [search_index("exercises_exercise_search")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category__in=list(Category)),
                name="exercises_exercise_category",
                violation_error_message="Choose one of the four categories.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("exercise", args=[self.slug])

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
        verbose_name_plural = "former addresses"

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
        A = "A", "A: randomized, established couples, a relationship outcome"
        B = "B", "B: randomized, but strangers, small, another outcome or mixed"
        C = "C", "C: followed over time, diaries or correlations"
        D = "D", "D: clinical custom, untested as packaged"

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="evidence")
    position = models.PositiveSmallIntegerField(default=0, help_text="The best evidence is first.")
    grade = models.CharField(max_length=1, choices=Grade.choices)
    finding = models.TextField(help_text="What was found, in plain words.")
    population = models.CharField(max_length=200, blank=True, help_text="Who was studied.")
    participants = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many, when known."
    )
    unknowns = models.TextField(help_text="What this does not tell us.")
    citation = models.CharField(
        max_length=300,
        blank=True,
        help_text="Authors (year), journal, volume, pages; empty for D alone.",
    )
    doi = models.CharField("DOI", max_length=100, blank=True, help_text="Starts with 10.")
    replication = models.TextField(
        blank=True,
        help_text="When somebody tried again and did not find it: say so, with the citation.",
    )
    checked_on = models.DateField(
        help_text="The day on which somebody last compared this with its source."
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(doi="") | models.Q(doi__startswith="10."),
                name="exercises_evidence_doi_starts_with_10",
                violation_error_message="A DOI starts with 10. — leave out “https://doi.org/”.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.grade}: {self.citation or self.finding}"[:100]


@versioned()
class Question(models.Model):
    """One question of the deck."""

    class Depth(models.IntegerChoices):
        LIGHT = 1, "Light"
        CLOSER = 2, "Closer"
        DEEP = 3, "Deep"

    slug = models.SlugField(unique=True, help_text="Its lasting name, such as attention-01.")
    category = models.CharField(max_length=10, choices=CHOICES)
    depth = models.PositiveSmallIntegerField(choices=Depth.choices)
    text = models.CharField("question", max_length=300, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_published = models.BooleanField(
        default=True, help_text="Readers see it only when this is set."
    )

    objects = InCategoryQuerySet.as_manager()

    class Meta:
        ordering = ["category", "position", "pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def filed_under(self) -> Category:
        return Category(self.category)
