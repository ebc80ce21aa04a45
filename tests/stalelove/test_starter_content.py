"""What the shipped words promise: links that lead somewhere, studies that exist, plain sentences."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import articles.documents
from articles.documents import Articles
from articles.models import Article
from articles.rendering import plain_text, render, typographic
from exercises.models import Evidence
from stalelove.content import KINDS, starter_items
from stalelove.models import HelpResource
from tests.articles.readability import grade, syllables

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for app in ("articles", "exercises", "quiz", "stalelove")
    for path in (ROOT / app / "starter").rglob("*")
    if path.is_file()
)


def texts(value) -> list[str]:
    """Every text inside a record, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


# Typography


def test_what_is_shown_as_it_stands_has_curved_quotation_marks():
    """But for editions: they never change, and theirs are set when they are read."""
    straight = [
        f"{kind.name}/{key}: {words}"
        for kind, key, record in starter_items()
        if kind.name != "editions"
        for words in shown_plain(kind.model, record)
        if words != typographic(words)
    ]

    assert straight == []


def shown_plain(model, record) -> list[str]:
    """The words that `shown_plain` names, of the record and of the rows below it."""
    below = {"resources": HelpResource, "evidence": Evidence}
    return [
        *(str(record[name]) for name in model.shown_plain if record.get(name)),
        *(
            words
            for name, other in below.items()
            for row in record.get(name, [])
            for words in shown_plain(other, row)
        ),
    ]


# Links


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def links() -> dict[str, set[str]]:
    """Every link of the shipped content, with the items it stands in."""
    found: dict[str, set[str]] = {}
    for kind, key, record in starter_items():
        for text in texts(record):
            for link in _Links(render(text).html).found:
                found.setdefault(link, set()).add(f"{kind.name}/{key}")
    return found


# Promised by the content, and not built yet. Take an address out when its page is there.
NOT_YET: set[str] = set()


def test_every_internal_link_leads_to_a_page(client, starter):
    internal = {link: where for link, where in links().items() if link.startswith("/")}

    broken = {}
    for link, where in internal.items():
        path, _, anchor = link.partition("#")
        response = client.get(path)
        if response.status_code != 200 or (anchor and f'id="{anchor}"' not in response.text):
            broken[link] = (response.status_code, where)
    assert {link: found for link, found in broken.items() if link not in NOT_YET} == {}
    assert set(broken) == NOT_YET
    assert {"/help/", "/checkup/", "/exercises/", "/reading-list/"} <= set(internal)


def test_every_other_link_is_https_a_footnote_or_a_telephone():
    others = {link for link in links() if not link.startswith(("/", "https://", "#fn", "tel:"))}

    assert others == set()


def test_every_article_leads_to_an_exercise(starter):
    alone = [a.slug for a in Article.objects.published() if not a.exercises.published().exists()]

    assert alone == []


def test_exercises_name_only_articles_that_ship():
    shipped = {kind: set() for kind in ("articles", "exercises")}
    named = set()
    for kind, key, record in starter_items():
        shipped.get(kind.name, set()).add(key)
        named |= set(record.get("articles", [])) if kind.name == "exercises" else set()

    assert named - shipped["articles"] == set()


# Studies

CITATIONS = dict(
    line.rstrip().split(" |") if line.rstrip().endswith("|") else line.strip().split(" | ")
    for line in (ROOT / "tests" / "articles" / "citations.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
DOIS = {doi for doi in CITATIONS.values() if doi}
DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'()\[\]<>,;`]*[^\s\"'()\[\]<>,;`.]")
_NAME = r"[A-Z][\w’-]+"
NAMED = re.compile(
    rf"({_NAME}(?:, {_NAME})*(?: and (?:colleagues|others|{_NAME}))?)"
    r"(?:,? \(|, | in |, in a paper from )((?:19|20)\d\d)\b"
)


def named_studies(text: str) -> set[tuple[str, str]]:
    """Who is cited with a year: (“Aron, Melinat, Aron, Vallone and Bator”, “1997”)."""
    plain = " ".join(text.replace("*", "").split())
    return {(re.sub(r"^(?:In|By|The) ", "", names), year) for names, year in NAMED.findall(plain)}


def _is_listed(names: str, year: str) -> bool:
    first = re.split(r",| and ", names)[0]
    for citation in CITATIONS:
        authors, _, rest = citation.partition(" (")
        if year in rest[:22] and (
            authors == names
            or ("," not in rest and authors.endswith(f" {names}"))
            or (names.endswith((" and others", " and colleagues")) and authors.startswith(first))
        ):
            return True
    return False


def test_every_doi_in_the_shipped_content_has_been_checked():
    unknown = {
        (path.name, doi)
        for path in SHIPPED
        for doi in DOI.findall(path.read_text("utf-8"))
        if doi not in DOIS
    }

    assert unknown == set()


def test_every_evidence_box_cites_a_checked_study_with_its_own_doi(starter):
    cited = dict(Evidence.objects.exclude(citation="").values_list("citation", "doi"))

    assert cited.items() - CITATIONS.items() == set()
    assert len(cited) > 20


def test_every_study_named_in_the_texts_has_been_checked():
    named = {study for path in SHIPPED for study in named_studies(path.read_text("utf-8"))}
    months = re.compile(r"^(?:January|February|March|April|May|June|July|August|September)")

    unknown = {study for study in named if not months.match(study[0]) and not _is_listed(*study)}
    assert unknown == set()
    assert len(named) > 30


@pytest.mark.parametrize(
    "unverified",
    [
        # Marked [U] in ../shared/facts/evidence.md, or under "Do not use".
        *("Sprecher", "Woods", "10.1177/0146167297234003", "23(4)", "363-377", "233-239"),
        *("10.1080/10570310902856071", "10.1037/0022-3514.59.1.73", "10.1016/j.chb.2021.106932"),
        *("Schrodt", "74 studies", "Bradbury and Bodenmann", "three seven-minute", "0.88", " .88"),
        *(
            "86%",
            "86 percent",
            "33%",
            "love language",
            "5:1",
            "five to one",
            "oxytocin",
            "maintainers",
        ),
        *("94%", "predicts divorce", "predict divorce", "neural", "studies show", "Studies show"),
    ],
)
def test_nothing_unverified_is_printed(unverified):
    assert [path.name for path in SHIPPED if unverified in path.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("text", "studies"),
    [
        ("Finkel and colleagues, in a paper from 2013, did", {("Finkel and colleagues", "2013")}),
        ("(Slatcher, 2010, *Personal Relationships*)", {("Slatcher", "2010")}),
        ("**[^1]** Algoe and Zhaoyang (2016), *J*", {("Algoe and Zhaoyang", "2016")}),
        ("by Gable, Gonzaga and Strachman in 2006", {("Gable, Gonzaga and Strachman", "2006")}),
        (
            "[Algoe, Kurtz and Hilaire, 2016](https://doi.org/x)",
            {("Algoe, Kurtz and Hilaire", "2016")},
        ),
        ("Holt-Lunstad and\n  Light (2008)", {("Holt-Lunstad and Light", "2008")}),
    ],
)
def test_studies_are_found_however_they_are_named(text, studies):
    assert named_studies(text) == studies


# Words

ARTICLES = sorted((articles.documents.STARTER / "articles").iterdir())


def _prose(markdown: str) -> str:
    """The running text, without the notes at its end."""
    return plain_text(str(render(markdown).html).split('<section class="footnotes">')[0])


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_has_the_length_that_readers_are_promised(path):
    record = Articles().read_file(path)

    words = len(_prose(record["body"]).split()) + len(_prose(record["extended"]).split())
    assert 900 <= words <= 1_600
    assert record["extended"]


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_the_essentials_can_be_read_at_the_end_of_a_long_day(path):
    record = Articles().read_file(path)

    assert grade(_prose(record["body"])) <= 9


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_articles_address_is_made_of_its_title(path):
    record = Articles().read_file(path)

    assert articles.documents.slug_of(record["title"]) == path.stem


def test_no_article_is_in_any_way_unfinished():
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|TK|lorem|ipsum)\b|\[U\]|\[V\]|\[C\]", re.IGNORECASE)

    assert [path.name for path in SHIPPED if marks.search(path.read_text("utf-8"))] == []


def test_no_text_is_left_with_marks_that_readers_would_see(starter):
    shown = {
        f"{kind.name}/{key}": plain_text(render(text).html)
        for kind in KINDS
        for key, record in kind.stored().items()
        for text in texts(record)
        if " " in text
    }

    assert {name for name, text in shown.items() if re.search(r"\*|\]\(|\[\^|<!--", text)} == set()


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("the", 1), ("made", 1), ("makes", 1), ("wanted", 2), ("washed", 1), ("phones", 1)),
        *(("boxes", 2), ("table", 2), ("people", 2), ("being", 2), ("quiet", 2), ("question", 2)),
        *(("partner’s", 2), ("idea", 3), ("science", 2), ("therapist", 3), ("evening", 3)),
    ],
)
def test_syllables_are_counted_as_spoken(word, count):
    assert syllables(word) == count


def test_the_grade_is_what_the_formula_says():
    # 10 words, 2 sentences, 11 syllables: 0.39 × 5 + 11.8 × 1.1 - 15.59
    assert round(grade("You sit down. Then you tell her what you did today."), 2) == pytest.approx(
        0.39 * 11 / 2 + 11.8 * 12 / 11 - 15.59, abs=0.01
    )


@given(st.text("abcdefgh ei.'", min_size=1))
def test_every_word_has_a_syllable(text):
    assert all(syllables(word) >= 1 for word in re.findall(r"[a-z][\w’'-]*", text))
