"""What editors publish to be read: articles, pages and books."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import uuid
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models, transaction
from django.db.models.functions import Now
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.addresses import address, page_address
from articles.derived import Derived, DerivedJSON, DerivedNames, DerivedNumber, DerivedText
from articles.pictures import Copies
from articles.rendering import Picture, Rendered, plain_text, reading_minutes, render
from articles.searching import (
    CONFIG,
    MOST_CHARACTERS,
    SearchedManager,
    search_index,
    search_vector,
    words_of,
)
from articles.versions import versioned
from stalelove.categories import Category

CATEGORY_NAMES = [category.value for category in Category]
# With their names in the language of whoever looks.
CATEGORY_CHOICES = [(category.value, _(category.label)) for category in Category]

# Some forty times a long article. More than this is a mistake, and would take seconds to render.
longest_text = MaxLengthValidator(
    400_000,
    _("This text has %(show_value)d characters; the most is %(limit_value)d. Split it."),
)


def plausible_time(value: dt.datetime) -> None:
    if not 1990 <= value.year <= 2100:
        raise ValidationError(
            _("The year %(year)d cannot be meant; publication dates lie between 1990 and 2100."),
            params={"year": value.year},
        )


def at_least_one_category() -> list[models.CheckConstraint]:
    """The rule that a row is filed under one category or more, and only under the four."""
    return [
        models.CheckConstraint(
            condition=models.Q(categories__contained_by=CATEGORY_NAMES, categories__len__gt=0),
            name="%(app_label)s_%(class)s_has_categories",
            violation_error_message=_("Choose at least one of the four categories."),
        )
    ]


class Filed(models.Model):
    """Filed under one or more of the four categories."""

    categories = ArrayField(
        models.CharField(max_length=10, choices=CATEGORY_CHOICES),
        verbose_name=_("categories"),
        help_text=_("Where readers find it: on these topic pages, and after these results."),
    )

    class Meta:
        abstract = True

    @property
    def filed_under(self) -> tuple[Category, ...]:
        return tuple(map(Category, self.categories))


class ImageQuerySet(models.QuerySet):
    def with_use(self) -> ImageQuerySet:
        """With `is_used`: whether an article or a page shows it. One query with the rows."""
        name = models.Func(models.OuterRef("name"), template="ARRAY[%(expressions)s]::varchar[]")
        return self.annotate(
            is_used=models.Exists(Article.objects.filter(images__contains=name))
            | models.Exists(Page.objects.filter(images__contains=name))
        )


class Image(models.Model):
    """A picture of the library. Its files lie in the media storage; the row says what it shows."""

    name = models.SlugField(
        _("name"),
        unique=True,
        help_text=_("Its lasting name in texts: ![…](image:name). Made from the file's name."),
    )
    alt = models.CharField(
        _("alt text"),
        max_length=300,
        help_text=_(
            "What it shows, for somebody who cannot see it. Texts may say it in other words."
        ),
    )
    credit = models.CharField(
        _("credit"),
        max_length=200,
        blank=True,
        help_text=_("Below the picture, such as “Photo: Ada Field”."),
    )
    digest = models.CharField(
        _("digest"),
        max_length=32,
        unique=True,
        editable=False,
        validators=[RegexValidator(r"^[0-9a-f]{32}$")],
    )
    shown_plain = ("alt", "credit")

    # [[480, 320], [960, 640], …]: the width and height of each file, ascending.
    sizes = models.JSONField(_("sizes"), editable=False)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def add(cls, copies: Copies, *, file_name: str, alt: str, credit: str = "") -> Image:
        """Keep a picture and its row; the very same picture again gives the row that is there."""
        if there := cls.objects.filter(digest=copies.digest).first():
            return there
        sizes = [[copy.width, copy.height] for copy in copies.copies]
        row = cls(digest=copies.digest, sizes=sizes, alt=alt, credit=credit)
        row.name = cls.free_name(file_name)
        row.full_clean()
        row.save()
        for copy, path in zip(copies.copies, row.paths, strict=True):
            if not default_storage.exists(path):
                default_storage.save(path, ContentFile(copy.data))
        return row

    @classmethod
    def free_name(cls, file_name: str) -> str:
        """A name made from a file's, with a number where another picture has it."""
        name = slugify(file_name.rsplit(".", 1)[0])[:40].strip("-_").replace("_", "-") or "picture"
        taken = set(cls.objects.filter(name__startswith=name).values_list("name", flat=True))
        numbers = (f"{name}-{number}" for number in itertools.count(2))
        return name if name not in taken else next(n for n in numbers if n not in taken)

    @property
    def paths(self) -> list[str]:
        """The files in the media storage, ascending by width."""
        return [image_path(self.digest, width) for width, _height in self.sizes]

    @property
    def thumbnail(self) -> str:
        """The address of the smallest file."""
        return settings.MEDIA_URL + self.paths[0]

    @property
    def markdown(self) -> str:
        """What an editor puts into a text."""
        alt = re.sub(r"([\\\[\]])", r"\\\1", " ".join(self.alt.split()))
        return f"![{alt}](image:{self.name})"

    @property
    def picture(self) -> Picture:
        return Picture(
            self.alt,
            self.credit,
            tuple(
                (settings.MEDIA_URL + path, width, height)
                for path, (width, height) in zip(self.paths, self.sizes, strict=True)
            ),
        )

    def uses(self) -> list[Article | Page]:
        """The articles and pages that show it. Two queries."""
        return [
            *Article.objects.filter(images__contains=[self.name]).order_by("title"),
            *Page.objects.filter(images__contains=[self.name]),
        ]

    def rerender(self) -> None:
        """Bring what was changed here into the texts that show it; they count as unchanged."""
        for row in self.uses():
            derived = [f.name for f in row._meta.local_fields if isinstance(f, Derived)]
            row.save(update_fields=derived)

    def discard(self) -> None:
        """Delete the row and, when that is certain, its files."""
        paths = self.paths
        self.delete()
        transaction.on_commit(lambda: [default_storage.delete(path) for path in paths])


def image_path(digest: str, width: int) -> str:
    """Where a file lies below the media storage, and in its address."""
    return f"images/{digest}-{width}.webp"


def library(names: Collection[str]) -> dict[str, Picture]:
    """The pictures of these names, for the renderer. One query."""
    return {image.name: image.picture for image in Image.objects.filter(name__in=names)}


class FormerlyQuerySet(models.QuerySet):
    """Of a model whose `former_addresses` are kept by a trigger of the database."""

    def formerly_at(self, slug: str) -> FormerlyQuerySet:
        """The row that had this address before it moved to the one it has now."""
        return self.filter(former_addresses__slug=slug)


class ArticleQuerySet(FormerlyQuerySet):
    def published(self) -> ArticleQuerySet:
        """What readers may see now: published, and its time has come (by the database's clock)."""
        return self.filter(state=Article.State.PUBLISHED, publish_at__lte=Now())

    def scheduled(self) -> ArticleQuerySet:
        """What will be published by itself when its time has come."""
        return self.filter(state=Article.State.PUBLISHED, publish_at__gt=Now())

    def without_texts(self) -> ArticleQuerySet:
        """Without the long columns, for the editors' list."""
        return self.defer(
            *("body", "extended", "research", "body_html", "extended_html", "research_html"),
            "contents",
        )

    def for_reading(self) -> ArticleQuerySet:
        """Without what no reader sees: the Markdown, and the words for search."""
        return self.defer("body", "extended", "research", "search_text", "search")

    def newest_first(self) -> ArticleQuerySet:
        return self.order_by("-publish_at", "-pk")

    def for_lists(self) -> ArticleQuerySet:
        """Only what a list shows: no bodies."""
        return self.only(
            "slug",
            "title",
            "standfirst",
            "byline",
            "categories",
            "publish_at",
            "words",
            "extended_words",
        )

    def under(self, category: str) -> ArticleQuerySet:
        return self.filter(categories__contains=[category])

    def lacking(self, piece: str) -> ArticleQuerySet:
        """Those without one of the `missing_pieces`."""
        return self.filter(missing_pieces()[piece][1])

    def with_missing_pieces(self) -> ArticleQuerySet:
        """With a yes or no for each of the pieces an article should have, as `lacks_<piece>`."""
        return self.annotate(
            **{
                f"lacks_{piece}": models.ExpressionWrapper(
                    models.Q(condition), output_field=models.BooleanField()
                )
                for piece, (_name, condition) in missing_pieces().items()
            }
        )


def missing_pieces() -> dict[str, tuple[Any, models.Q]]:
    """What an article should have before it is published: what to call its absence, and the rule."""
    with_exercise = Article.exercises.through.objects.filter(article_id=models.OuterRef("pk"))
    return {
        "standfirst": (_("no standfirst"), models.Q(standfirst="")),
        "research": (_("no research note"), models.Q(research="")),
        "byline": (_("no byline"), models.Q(byline="")),
        "description": (_("no search description"), models.Q(description="")),
        "review": (_("not reviewed"), models.Q(reviewed_by="")),
        "exercise": (_("no exercise"), models.Q(~models.Exists(with_exercise))),
    }


@versioned()
class Article(Filed):
    """One article; its body and extended part are Markdown, kept beside the HTML made of them."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    title = models.CharField(
        _("title"), max_length=200, help_text=_("The headline, in sentence case.")
    )
    slug = models.SlugField(
        _("slug"),
        max_length=200,
        unique=True,
        help_text=_("The last part of the address. Changing it keeps the old address working."),
        error_messages={"unique": "Another article has this address. Choose another one."},
    )
    standfirst = models.CharField(
        _("standfirst"),
        max_length=400,
        blank=True,
        help_text=_("One or two sentences below the title, and in every list."),
    )
    body = models.TextField(
        _("body"),
        validators=[longest_text],
        help_text=_(
            "The essentials, in Markdown: what a reader needs who stops before “Going deeper”."
        ),
    )
    extended = models.TextField(
        _("going deeper"),
        blank=True,
        validators=[longest_text],
        help_text=_("The extended part, in Markdown; it follows the essentials."),
    )
    research = models.TextField(
        _("what the research says"),
        blank=True,
        validators=[longest_text],
        help_text=_(
            "Notes after the article, in Markdown: who was studied, how many, what is not known."
        ),
    )
    byline = models.CharField(
        _("byline"), max_length=200, blank=True, help_text=_("Who wrote it, as readers see it.")
    )
    reviewed_by = models.CharField(
        _("reviewed by"),
        max_length=200,
        blank=True,
        help_text=_("Who checked it, with their qualification. Readers see it."),
    )
    reviewed_on = models.DateField(
        _("reviewed on"), null=True, blank=True, help_text=_("The day of that check.")
    )
    featured = models.BooleanField(
        _("featured"),
        default=False,
        help_text=_("The newest featured article stands on the home page."),
    )
    description = models.CharField(
        _("description"),
        max_length=160,
        blank=True,
        help_text=_(
            "For search engines and shared links; the standfirst stands in where it is empty."
        ),
    )
    share_image_alt = models.CharField(
        _("share image alt text"),
        max_length=200,
        blank=True,
        help_text=_(
            "What the picture in shared links shows; the title stands in where it is empty."
        ),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, db_index=True
    )
    publish_at = models.DateTimeField(
        _("publish at"),
        null=True,
        blank=True,
        validators=[plausible_time],
        help_text=_(
            "When readers may see it. A time to come schedules it; no time means not yet."
        ),
    )
    uid = models.UUIDField(
        _("uid"),
        default=uuid.uuid4,
        db_default=RandomUUID(),
        unique=True,
        editable=False,
        help_text=_("By this feed readers know it again, whatever its address becomes."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    shown_plain = (
        "title",
        "standfirst",
        "byline",
        "reviewed_by",
        "description",
        "share_image_alt",
    )

    body_html = DerivedText(compute=lambda article: article.rendered_body.html)
    extended_html = DerivedText(compute=lambda article: article.rendered_extended.html)
    research_html = DerivedText(compute=lambda article: article.rendered_research.html)
    contents = DerivedJSON(
        default=list,
        compute=lambda article: [
            asdict(heading)
            for heading in (*article.rendered_body.headings, *article.rendered_extended.headings)
        ],
    )
    images = DerivedNames(
        models.SlugField(),
        default=list,
        compute=lambda article: sorted(
            {
                *article.rendered_body.pictures,
                *article.rendered_extended.pictures,
                *article.rendered_research.pictures,
            }
        ),
    )
    words = DerivedNumber(default=0, compute=lambda article: article.rendered_body.words)
    extended_words = DerivedNumber(
        default=0, compute=lambda article: article.rendered_extended.words
    )
    search_text = DerivedText(
        default="",
        compute=lambda article: plain_text(
            article.body_html + article.extended_html + article.research_html
        )[:MOST_CHARACTERS],
    )
    search = search_vector("title", "standfirst")

    objects = SearchedManager.from_queryset(ArticleQuerySet)()

    class Meta:
        ordering = ["-publish_at", "-pk"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        permissions = [
            (
                "publish_article",
                _("Can publish, schedule, unpublish, archive and feature articles"),
            )
        ]
        constraints = [
            *at_least_one_category(),
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(publish_at__isnull=False),
                name="articles_published_has_a_time",
                violation_error_message=_(
                    "A published article needs the time at which it is published."
                ),
            ),
        ]
        indexes = [
            search_index("articles_article_search"),
            # Which articles have the words in their title is asked apart (stalelove.search).
            GinIndex(SearchVector("title", config=CONFIG), name="articles_title_search"),
            models.Index(
                fields=["-publish_at", "-id"],
                name="articles_newest_published",
                condition=models.Q(state="published"),
            ),
            # The home page looks for the newest of a few among all.
            models.Index(
                fields=["-publish_at", "-id"],
                name="articles_newest_featured",
                condition=models.Q(featured=True, state="published"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.address_of(self.slug)

    @staticmethod
    def address_of(slug: str) -> str:
        """For whoever has the slug and not the row."""
        return page_address("article", slug)

    @property
    def rendered_body(self) -> Rendered:
        """The essentials, rendered now. Pages use the stored `body_html`."""
        return self._rendered("body", "s-")

    @property
    def rendered_extended(self) -> Rendered:
        return self._rendered("extended", "d-")

    @property
    def rendered_research(self) -> Rendered:
        return self._rendered("research", "r-")

    def _rendered(self, field: str, prefix: str) -> Rendered:
        # Several columns come from one text: it is rendered once for all of them.
        kept = self.__dict__.setdefault("_kept_renderings", {})
        text = getattr(self, field)
        if field not in kept or kept[field][0] != text:
            kept[field] = text, render(text, prefix=prefix, pictures=library)
        return kept[field][1]

    @property
    def minutes(self) -> int:
        """Reading time of the essentials, in whole minutes."""
        return reading_minutes(self.words)

    @property
    def whole_minutes(self) -> int:
        """Reading time with the extended part."""
        return reading_minutes(self.words + self.extended_words)

    @property
    def changed_at(self) -> dt.datetime:
        """When readers last saw it change: its last save, or its publication if that came later."""
        return max(self.updated_at, self.publish_at) if self.publish_at else self.updated_at

    @property
    def summary(self) -> str:
        """One line for search engines and shared links."""
        return self.description or self.standfirst


class FormerAddress(models.Model):
    """A slug that an article had once. Written by a trigger of the database whenever a slug changes.

    It points to the article and not to an address, so a chain of changes is one redirect, and a
    loop cannot be. It outlives the article, which can be recovered under its old key.
    FormerPageAddress and exercises.FormerAddress are the same for pages and practices.
    """

    slug = models.SlugField(max_length=200, unique=True)
    article = models.ForeignKey(
        Article,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="former_addresses",
    )

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")

    def __str__(self) -> str:
        return self.slug


class Presence(models.Model):
    """Somebody has an article open in the admin; their browser says so twice a minute."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="presences")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    seen_at = models.DateTimeField()

    LASTS = dt.timedelta(seconds=75)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.UniqueConstraint(
                fields=["article", "person"], name="articles_presence_once_a_person"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(person)s at %(article)s") % {
            "person": self.person,
            "article": self.article,
        }

    @classmethod
    def record(cls, article: Article, person: models.Model) -> None:
        """This person has the article open now; what is older than a day is forgotten."""
        now = timezone.now()
        cls.objects.update_or_create(article=article, person=person, defaults={"seen_at": now})
        cls.objects.filter(seen_at__lt=now - dt.timedelta(days=1)).delete()

    @classmethod
    def others(cls, article: Article, person: models.Model) -> list[str]:
        """The names of the others who have it open."""
        present = cls.objects.filter(article=article, seen_at__gt=timezone.now() - cls.LASTS)
        return [
            presence.person.get_full_name() or presence.person.get_username()
            for presence in present.exclude(person=person).select_related("person").order_by("pk")
        ]


class PublishedQuerySet(models.QuerySet):
    """For what has a plain yes or no instead of an article's states."""

    def published(self) -> PublishedQuerySet:
        return self.filter(is_published=True)


class PageQuerySet(PublishedQuerySet, FormerlyQuerySet):
    """Pages have a yes or no, and addresses that they had before."""


@versioned()
class Page(models.Model):
    """A page of the site's own, such as about or privacy."""

    slug = models.SlugField(
        _("slug"),
        unique=True,
        help_text=_(
            "The address: /about/ for “about”. Changing it keeps the old address working."
        ),
    )
    title = models.CharField(_("title"), max_length=200)
    description = models.CharField(
        _("description"), max_length=160, blank=True, help_text=_("For search engines.")
    )
    body = models.TextField(_("body"), help_text=_("Markdown."))
    is_published = models.BooleanField(
        _("is published"), default=True, help_text=_("Readers see it only when this is set.")
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    shown_plain = ("title", "description")

    body_html = DerivedText(compute=lambda page: render(page.body, pictures=library).html)
    images = DerivedNames(
        models.SlugField(),
        default=list,
        compute=lambda page: sorted(set(render(page.body).pictures)),
    )

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse an address that another page of the site has, or that no page can have."""
        try:
            free = resolve(f"/{self.slug}/").url_name == "page"
        except Resolver404:
            free = False
        if self.slug and not free:
            raise ValidationError(
                {
                    "slug": gettext(
                        "A page cannot have the address /%(slug)s/. Take small letters, digits and "
                        "hyphens, and no word that another page of the site has."
                    )
                    % {"slug": self.slug}
                }
            )

    def get_absolute_url(self) -> str:
        return page_address("page", self.slug)


class FormerPageAddress(models.Model):
    """A slug that a page had once; see FormerAddress."""

    slug = models.SlugField(unique=True)
    page = models.ForeignKey(
        Page, on_delete=models.DO_NOTHING, db_constraint=False, related_name="former_addresses"
    )

    class Meta:
        verbose_name = _("former page address")
        verbose_name_plural = _("former page addresses")

    def __str__(self) -> str:
        return self.slug


class BookQuerySet(PublishedQuerySet):
    def under(self, category: str) -> BookQuerySet:
        return self.filter(categories__contains=[category])

    def for_lists(self) -> BookQuerySet:
        """Only what a list of titles shows."""
        return self.only("slug", "title", "authors", "reading_order")


@versioned()
class Book(Filed):
    """A book (or a recording) on the reading list."""

    class Medium(models.TextChoices):
        READ = "read", _("To read")
        LISTEN = "listen", _("To listen to")

    slug = models.SlugField(
        _("slug"), unique=True, help_text=_("Its name in links to the reading list.")
    )
    title = models.CharField(
        _("title"), max_length=200, help_text=_("With the subtitle, as on the title page.")
    )
    authors = models.CharField(_("authors"), max_length=200)
    publisher = models.CharField(
        _("publisher"), max_length=120, blank=True, help_text=_("Only when it has been verified.")
    )
    year = models.PositiveSmallIntegerField(
        _("year"),
        null=True,
        blank=True,
        help_text=_("Of the edition named; only when it has been verified."),
    )
    isbn = models.CharField(
        _("ISBN-13"),
        max_length=13,
        blank=True,
        help_text=_("Thirteen digits; only when verified."),
    )
    medium = models.CharField(
        _("medium"), max_length=6, choices=Medium.choices, default=Medium.READ
    )
    about = models.TextField(
        _("about"), help_text=_("What it is, in one or two sentences of ours.")
    )
    best_for = models.TextField(_("for whom"), help_text=_("Who will get most from it."))
    not_for = models.TextField(
        _("not for whom"), help_text=_("Who should take another book, or none.")
    )
    safety_note = models.TextField(
        _("safety note"),
        blank=True,
        help_text=_("Needed where the book takes for granted that both partners are safe."),
    )
    reading_order = models.PositiveSmallIntegerField(
        _("reading order"),
        unique=True,
        help_text=_("Its place in the order in which we would read them; 1 is first."),
    )
    is_published = models.BooleanField(
        _("is published"), default=True, help_text=_("Readers see it only when this is set.")
    )

    shown_plain = ("title", "authors", "publisher")

    search_text = DerivedText(
        default="",
        compute=lambda book: words_of(book.about, book.best_for, book.not_for, book.safety_note),
    )
    search = search_vector("title", "authors")

    objects = SearchedManager.from_queryset(BookQuerySet)()

    class Meta:
        ordering = ["reading_order"]
        verbose_name = _("book")
        verbose_name_plural = _("books")
        indexes = [search_index("articles_book_search")]
        constraints = [
            *at_least_one_category(),
            models.CheckConstraint(
                condition=models.Q(isbn="") | models.Q(isbn__regex=r"^97[89][0-9]{10}$"),
                name="articles_book_isbn_is_13_digits",
                violation_error_message=_(
                    "An ISBN-13 is thirteen digits and starts with 978 or 979."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.address_of(self.slug)

    @staticmethod
    def address_of(slug: str) -> str:
        return f"{address('reading_list')}#{slug}"

    @cached_property
    def imprint(self) -> str:
        """Publisher and year, as far as both are known."""
        return ", ".join(str(part) for part in (self.publisher, self.year) if part)
