"""The first page of the admin: what waits for an Editor, for a Writer, and for nobody."""

import datetime as dt
import re
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from stalelove.models import STALE_AFTER_DAYS, Country, HelpResource, LinkCheck, Report
from tests.builders import another_article, another_exercise
from tests.markup import parse, words_of


def piles(client):
    """The heading of each pile, and the names in it."""
    tree = parse(client.get("/admin/").content.decode())
    return {
        words_of(pile.find("./h2")): [words_of(link) for link in pile.findall("./ul/li/a")]
        for pile in tree.findall(".//section[@class='pile']")
    }


def make_waiting():
    now = timezone.now()
    another_article(title="Handed in", state="in_review")
    another_article(title="Begun", state="draft", publish_at=None)
    another_article(title="In May", publish_at=now + dt.timedelta(days=9))
    another_article(title="In April", publish_at=now + dt.timedelta(days=2))
    another_article(title="Out")
    another_article(title="Gone", state="archived")
    country = Country.objects.create(code="zz", name="Nowhere")
    long_ago = timezone.localdate() - dt.timedelta(days=STALE_AFTER_DAYS + 1)
    for slug, checked in (("old", long_ago), ("new", timezone.localdate())):
        HelpResource.objects.create(
            slug=slug, country=country, kind="crisis", name=slug, source="S", last_checked=checked
        )
    for handled in (None, timezone.localdate()):
        Report.objects.create(
            country=country, line="old", problem="number", details="", handled_on=handled
        )


def test_an_editor_sees_what_waits_the_most_pressing_first(client, editor):
    make_waiting()

    assert list(piles(client).items()) == [
        ("Reports of wrong numbers 1", []),
        ("In review 1", ["Handed in"]),
        ("Scheduled 2", ["In April", "In May"]),
        ("Drafts 1", ["Begun"]),
        ("Help lines to check 1", []),
    ]


def test_a_writer_sees_the_articles_alone(client, writer):
    make_waiting()

    assert list(piles(client)) == ["In review 1", "Scheduled 2", "Drafts 1"]
    page = client.get("/admin/").content.decode()
    assert "Follow them now" not in page
    assert "then publish or schedule them" not in page


def test_where_nothing_waits_it_says_so(client, editor):
    another_article()

    assert piles(client) == {}
    assert "Nothing is waiting." in client.get("/admin/").content.decode()


def test_every_pile_leads_to_a_list_of_as_many(client, editor):
    make_waiting()
    tree = parse(client.get("/admin/").content.decode())

    for heading in tree.findall(".//section[@class='pile']/h2"):
        listed = client.get(heading.find("./a").get("href")).context["cl"].result_count
        assert listed == int(words_of(heading.find("./span")))


def test_the_first_page_costs_as_many_queries_with_many_waiting_as_with_few(
    client, editor, django_assert_num_queries
):
    make_waiting()
    client.get("/admin/")
    with django_assert_num_queries(16):
        client.get("/admin/")

    for _ in range(12):
        another_article(state="in_review")
        another_article(state="draft", publish_at=None)
    with django_assert_num_queries(16):
        page = client.get("/admin/").content.decode()

    assert [page.count(f'pile-count">{count}</span>') for count in (1, 2, 13)] == [2, 1, 2]
    assert len(re.findall("Article [0-9]+</a>", page)) == 9  # and the one called “Handed in”


def test_the_links_are_followed_from_the_first_page(client, editor, caplog):
    article = another_article(slug="a", body="[x](/nope/) [y](/articles/a/)")
    another_exercise(slug="e", not_when="See [that](/gone/).")
    assert "Nobody has followed them yet." in client.get("/admin/").content.decode()

    response = client.post("/admin/links/check/", follow=True)

    page = response.content.decode()
    assert [str(m) for m in response.context["messages"]] == ["2 links are broken."]
    assert f'<a href="/admin/articles/article/{article.pk}/change/">/nope/</a>' in page
    assert "exercises/e, not_when: there is no such page" in page
    assert [record for record in caplog.records if record.name == "django.request"] == []

    article.body = "[y](/articles/a/)"
    article.save()
    another_exercise(slug="gone", summary="x")
    client.post("/admin/links/check/")
    assert LinkCheck.objects.get().links == 2


def test_a_writer_does_not_follow_the_links(client, writer):
    assert client.post("/admin/links/check/").status_code == 403
    assert not LinkCheck.objects.exists()


def test_looking_at_the_address_follows_no_links(client, editor):
    response = client.get("/admin/links/check/")

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert not LinkCheck.objects.exists()


def test_the_editors_colors_are_the_readers_colors():
    """Two stylesheets, one set of tokens: whoever changes one of them is told of the other."""
    readers, editors = (
        (Path(settings.BASE_DIR) / "static" / "css" / f"{name}.css").read_text()
        for name in ("site", "editors")
    )
    light, dark = (dict(re.findall(r"--(\w+): (#\w+);", part)) for part in _root_blocks(readers))
    told = {
        name: (a, b)
        for name, a, b in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\);", editors)
    }

    for name in ("paper", "sheet", "wash", "ink", "soft", "line", "rule"):
        assert told[name] == (light[name], dark[name])
    assert told["blue"] == (light["accent"], dark["accent"])


def _root_blocks(css):
    """The two blocks that set the readers' tokens, light and dark."""
    blocks = re.findall(r":root \{(.*?)\n\s*\}", css, re.DOTALL)
    return next(b for b in blocks if "#f" in b), next(
        b for b in blocks[1:] if re.search(r"--paper: #[0-3]", b)
    )
