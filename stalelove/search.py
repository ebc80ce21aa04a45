"""Full-text search over articles, exercises and books, in two queries whatever is asked.

The first finds and ranks. The second makes the excerpts of one page of results, or, where nothing
was found, what else the reader may have meant. What a reader may find is each model's `published()`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache, reduce

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchRank,
    SearchVector,
    SearchVectorExact,
)
from django.db import models
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from articles.compiled import CompiledValues
from articles.models import Article, Book
from articles.rendering import reading_minutes
from articles.searching import CONFIG
from exercises.models import Exercise
from stalelove.categories import Category
from stalelove.models import Passage, SearchWord

# Of the articles that match, those are ranked that match in their title, and the newest of the
# others: this many of each. So a word that ten thousand articles have costs what a rare one costs.
CANDIDATES = 100
MOST_SUGGESTED_WORDS = 6
LIKE_ENOUGH = 0.7  # “silance” is 0.86 like “silence”, “tuch” 0.89 like “touch”

# Characters that no keyboard types; PostgreSQL puts them round what matched.
START, STOP = "\ue000", "\ue001"
_BLOCK_ENDS = re.compile(rf"([^\W_][{STOP}”’)]*)\n\n")
_BEGINS_A_SENTENCE = re.compile(rf"[{START}“‘(]*[A-Z0-9]")
_ENDS_A_SENTENCE = re.compile(rf"[.!?…][{STOP}”’)]*$")
_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_WORD = re.compile(r"[^\W\d_]{3,30}")


@dataclass(frozen=True)
class Result:
    """One thing found; `kind` is article, exercise or book. In `title` and `excerpt`, plain text, what
    the reader asked for stands between START and STOP (the template's filter `marked` shows it)."""

    kind: str
    url: str
    title: str
    excerpt: str
    filed_under: tuple[Category, ...]
    minutes: int  # to read its essentials, or to do it; 0 for a book
    whole_minutes: int


@dataclass(frozen=True)
class Suggestion:
    """Another question to ask. `is_any` when its words are known but no one thing has all of them."""

    query: str
    is_any: bool = False


Key = tuple[str, int]  # kind, primary key
_MODELS = {"article": Article, "exercise": Exercise, "book": Book}


def find(text: str) -> list[Key]:
    """What matches, best first. One query; at most 200 articles (see CANDIDATES).

    `text` is taken as on the large search sites: words, "a phrase", or, -not. It must hold no NUL.
    """
    # PostgreSQL gives whatever lacks the words to leave out the same rank.
    wanted = " ".join(match[0] for match in _wanted(text))
    return [(kind, key) for kind, key, _rank in _found(text=text, wanted=wanted)]


def found_by(text: str, wanted: str) -> models.QuerySet:
    """Kind, primary key and rank of what matches `text`, ranked by the words of `wanted`."""
    query = _query(text)
    # The part of a question that an index can look up: all of it where it excludes nothing; none of
    # it where it does nothing else, or has stop words only.
    tree = models.Func(query, function="querytree", output_field=models.TextField())
    rank = _Rank(F("search"), _query(wanted))
    newest = Article.objects.published().newest_first()
    # By the index of titles: in an order that no index has. PostgreSQL would walk from the newest on
    # instead, and read each title on its way, until a hundred match.
    by_age = F("publish_at").desc(nulls_last=True)
    in_title = (
        Article.objects.published()
        .order_by(by_age, "-pk")
        .alias(in_title=SearchVector("title", config=CONFIG))
        .filter(
            # What the title has, the whole has: its long vector is read for the sake of exclusions alone.
            models.Q(Exact(tree, Cast(query, models.TextField()))) | models.Q(search=query),
            in_title=query,
        )
    )
    found = (
        # Ranked in a query of its own, and so only when the newest are known.
        (
            "article",
            in_title,
            Article.objects.filter(pk=OuterRef("pk")).order_by().values(rank=rank),
        ),
        ("article", newest.filter(search=query), rank),
        ("exercise", Exercise.objects.published().filter(search=query).order_by(), rank),
        ("book", Book.objects.published().filter(search=query).order_by(), rank),
    )
    ranked = [
        rows.alias(tree=tree)
        .exclude(tree__in=["", "T"])
        .annotate(kind=Value(kind), rank=its_rank)
        .values_list("kind", "pk", "rank")
        for kind, rows, its_rank in found
    ]
    candidates = [rows[:CANDIDATES] for rows in ranked[:2]]
    return candidates[0].union(candidates[1], *ranked[2:]).order_by("-rank", "kind", "-pk")


_found = CompiledValues(found_by)


def results(text: str, keys: Sequence[Key]) -> list[Result]:
    """What a page shows of these things, in their order. One query; none without keys."""
    if not keys:
        return []
    of_kind: dict[str, list[str]] = {}
    for kind, key in keys:
        of_kind.setdefault(kind, []).append(str(key))
    rows = _shown(tuple(kind for kind in _MODELS if kind in of_kind))(
        text=text,
        any_of=" or ".join(_wanted_terms(text)),
        **{kind: f"{{{','.join(its_keys)}}}" for kind, its_keys in of_kind.items()},
    )
    found = {
        (kind, key): Result(
            kind=kind,
            url=_MODELS[kind].address_of(slug),
            title=headline,
            excerpt=_with_ellipses(_in_one_line(excerpt)),
            filed_under=tuple(map(Category, filed)),
            minutes=reading_minutes(size) if kind == "article" else size,
            whole_minutes=reading_minutes(whole_size) if kind == "article" else whole_size,
        )
        for kind, key, slug, filed, headline, excerpt, size, whole_size in rows
    }
    return [found[key] for key in keys if key in found]


def shown_of(text: str, any_of: str, **keys: str) -> models.QuerySet:
    """What a page shows of those that have these primary keys: `article="{1,2}", book="{3}"`. Of each text
    the passage that has most of what `any_of` names, and has it first."""
    query = _query(text)
    rows = [
        _MODELS[kind]
        ._default_manager.filter(_Among("pk", keys[kind]))
        .order_by()
        .annotate(
            kind=Value(kind),
            filed=categories,
            size=size,
            whole_size=whole_size,
            headline=_marked(F("title"), query),
            excerpt=_marked(_best_passage(kind, query, _query(any_of)), query),
        )
        .values_list("kind", "pk", "slug", "filed", "headline", "excerpt", "size", "whole_size")
        for kind, categories, size, whole_size in (
            ("article", F("categories"), F("words"), F("words") + F("extended_words")),
            ("exercise", _as_array("category"), F("minutes"), F("minutes")),
            ("book", F("categories"), Value(0), Value(0)),
        )
        if kind in keys
    ]
    return rows[0].union(*rows[1:], all=True)


def _best_passage(kind: str, query: SearchQuery, any_of: SearchQuery) -> Coalesce:
    """Where the whole question is answered; else where most of its words are; the earliest of equals.
    The first of all, which begins with the summary, where only the title has them."""
    passages = Passage.objects.filter(kind=kind, owner=OuterRef("pk"))
    best = passages.filter(search=any_of).order_by(
        SearchVectorExact(F("search"), query).desc(),
        # Without positions each word counts once, however often it stands there.
        SearchRank(models.Func(F("search"), function="strip"), any_of).desc(),
        "position",
    )
    first = passages.filter(position=1)
    return Coalesce(
        *(models.Subquery(rows.values("words")[:1]) for rows in (best, first)), Value("")
    )


@lru_cache  # a query for the kinds that are on a page: PostgreSQL takes half its time to plan it
def _shown(kinds: tuple[str, ...]) -> CompiledValues:
    return CompiledValues(shown_of, ("text", "any_of", *kinds))


def suggest(text: str) -> Suggestion | None:
    """What else to ask where nothing was found. One query; none where there is no word to look up.

    A word that nothing has is replaced by the most similar one that something has. Where every word
    is known, or one is beyond help, any of those that are known.
    """
    typed = list(dict.fromkeys(word.lower() for word in _wanted_words(text)))
    typed = typed[:MOST_SUGGESTED_WORDS]
    if not typed:
        return None
    known = _known_words(typed)
    words = list(dict.fromkeys(known[word] for word in typed if word in known))
    if len(known) == len(typed) and any(word != known[word] for word in typed):
        return Suggestion(_replace(text, known))
    if not words or words == typed[:1] == typed:
        return None
    return Suggestion(" or ".join(words), is_any=len(words) > 1)


def useful_near(typed: Sequence[str]) -> models.QuerySet:
    """Words like those typed that find something, with their stem and the stems of those typed."""
    nearby = SearchWord.objects.filter(
        reduce(models.Q.__or__, (models.Q(word__trigram_similar=word) for word in typed))
    ).annotate(
        stem=Cast(SearchQuery(F("word"), config=CONFIG), models.TextField()),
        typed_stems=models.Func(
            *(Cast(SearchQuery(word, config=CONFIG), models.TextField()) for word in typed),
            template="ARRAY[%(expressions)s]",
            output_field=ArrayField(models.TextField()),
        ),
    )
    # Each model in a query of its own: PostgreSQL looks words up in the index for a plain EXISTS, and
    # reads whole tables for one EXISTS or another (measured: 3 ms and 60 ms).
    useful = [
        nearby.filter(
            Exists(
                model._default_manager.published().filter(
                    search=SearchQuery(OuterRef("word"), config=CONFIG)
                )
            )
        ).values_list("word", "stem", "typed_stems")
        for model in _MODELS.values()
    ]
    return useful[0].union(*useful[1:])


@lru_cache  # a query for each number of words
def _useful_near(count: int) -> CompiledValues:
    names = [f"word_{number}" for number in range(count)]
    return CompiledValues(lambda **words: useful_near([*words.values()]), names)


def _known_words(typed: Sequence[str]) -> dict[str, str]:
    """For each word that can be helped: itself where it finds something, else the nearest that does."""
    words = {f"word_{number}": word for number, word in enumerate(typed)}
    rows = _useful_near(len(typed))(**words)
    known = {}
    for position, word in enumerate(typed):
        if any(stem == typed_stems[position] for _, stem, typed_stems in rows):
            known[word] = word
        elif rows:
            likeness, nearest = max((_likeness(word, found), found) for found, *_ in rows)
            if likeness >= LIKE_ENOUGH:
                known[word] = nearest
    return known


def _likeness(one: str, other: str) -> float:
    """0 to 1: twice the letters that stand in both in the same order, of all letters."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


class _Rank(SearchRank):
    """As psycopg reads it, which is a float: Django would make a float of it once more, of each row's."""

    output_field = models.Field()


class _Among(models.Func):
    """Whether a column is one of some keys, "{1,2}". Not `__in`, which makes a place in the SQL for each
    key; and not a list, of whose every number psycopg asks what kind it is."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()
    conditional = True

    def __init__(self, column: str, keys: str) -> None:
        super().__init__(F(column), Cast(keys, ArrayField(models.BigIntegerField())))


def _query(text: object) -> SearchQuery:
    return SearchQuery(text, config=CONFIG, search_type="websearch")


def _marked(expression: object, query: SearchQuery) -> SearchHeadline:
    """The whole text. PostgreSQL reads it from end to end, so it should be short."""
    return SearchHeadline(
        expression, query, config=CONFIG, start_sel=START, stop_sel=STOP, highlight_all=True
    )


def _as_array(column: str) -> models.Func:
    return models.Func(
        F(column),
        template="ARRAY[%(expressions)s]",
        output_field=ArrayField(models.CharField(max_length=10)),
    )


def _in_one_line(excerpt: str) -> str:
    """With a stop where a heading or the names of a book's authors end: they would run on otherwise.

    Blocks of a passage have an empty line between them; there are no other line breaks, nor two spaces.
    """
    if "\n" not in excerpt:
        return excerpt
    return _BLOCK_ENDS.sub(r"\1. ", excerpt).replace("\n\n", " ")


def _with_ellipses(excerpt: str) -> str:
    """Say where the excerpt begins or ends in the middle of a sentence."""
    start = "" if _BEGINS_A_SENTENCE.match(excerpt) else "…\u00a0"
    end = "" if _ENDS_A_SENTENCE.search(excerpt) else "\u00a0…"
    return f"{start}{excerpt}{end}"


def _wanted_words(text: str) -> list[str]:
    """The words of three letters and more that are asked for, not those to leave out."""
    return [word for term in _wanted_terms(text) for word in _WORD.findall(term)]


def _wanted_terms(text: str) -> list[str]:
    return [match[0] for match in _wanted(text) if match[0].lower() != "or"]


def _wanted(text: str) -> list[re.Match[str]]:
    return [match for match in _TERM.finditer(text) if not match["minus"]]


def _replace(text: str, known: dict[str, str]) -> str:
    return _WORD.sub(lambda match: known.get(match[0].lower(), match[0]), text)
