"""What the site says to feed readers, search engines, shared links and caches."""

import datetime as dt
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from articles.feeds import absolute
from articles.models import Article
from stalelove.models import Country, HelpResource
from tests.builders import another_article, another_exercise, another_page, another_picture
from tests.markup import parse

NOW = dt.datetime(2026, 11, 20, 18, 30, tzinfo=dt.UTC)
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FROM_ELSEWHERE = {"HTTP_HOST": "localhost"}


def read_feed(client, **headers):
    response = client.get("/feed.atom", **headers)
    feed = feedparser.parse(response.content, resolve_relative_uris=False, sanitize_html=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def touch(article, moment):
    Article.objects.filter(pk=article.pk).update(updated_at=moment)


# The feed


def test_the_feed_holds_the_whole_text_with_absolute_links(client, db):
    article = another_article(
        title="Less & <more>",
        slug="less-and-more",
        standfirst="a < b",
        body="See [help](/help/).[^1]\n\n## Part\n\nText.\n\n[^1]: A [note](https://example.org/).",
        extended="Deeper.",
        research="Studied.",
        byline="Someone Real",
        categories=["repair", "warmth"],
        publish_at=NOW,
    )
    touch(article, NOW + dt.timedelta(hours=1))

    feed = read_feed(client, **FROM_ELSEWHERE)

    assert feed.version == "atom10"
    assert feed.feed.title == "Stale Love"
    assert feed.feed.link == "https://testserver/articles/"
    assert [entry.title for entry in feed.entries] == ["Less & <more>"]
    entry = feed.entries[0]
    assert entry.id == f"urn:uuid:{article.uid}"
    assert entry.link == "https://testserver/articles/less-and-more/"
    assert entry.summary == "a &lt; b"
    assert entry.author == "Someone Real"
    assert [tag.term for tag in entry.tags] == ["Repair", "Warmth"]
    assert entry.published == "2026-11-20T18:30:00+00:00"
    assert entry.updated == "2026-11-20T19:30:00+00:00"
    html = entry.content[0].value
    assert entry.content[0].type == "text/html"
    assert 'href="https://testserver/help/"' in html
    assert 'href="https://testserver/articles/less-and-more/#fn-s-1"' in html
    assert 'href="https://example.org/"' in html
    assert re.findall(r'(?:href|src)="[/#]', html) == []
    assert [text for text in ("Text.", "Deeper.", "Studied.") if text not in html] == []


def test_a_picture_in_the_feed_is_found_from_anywhere(client, db, settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    image = another_picture("kettle", width=1000)
    another_article(body="Look.\n\n![A kettle](image:kettle)")

    html = read_feed(client, **FROM_ELSEWHERE).entries[0].content[0].value

    addresses = re.findall(r'(?:src|srcset)="([^"]*)"', html)
    assert addresses == [
        f"https://testserver/media/{image.paths[1]}",
        ", ".join(
            f"https://testserver/media/{path} {width}w"
            for path, (width, _) in zip(image.paths, image.sizes, strict=True)
        ),
    ]
    assert len(image.paths) == 3
    for path in image.paths:
        assert client.get(f"/media/{path}").status_code == 200


def test_links_become_absolute_in_every_place_where_an_address_stands(settings):
    settings.SITE_URL = "https://stalelove.example"
    html = (
        '<a href="/a/">a</a> <a href="#b">b</a> <a href="//c.example/">c</a> <a href="mailto:d">d</a>'
        '<a href="../b/?c=1">e</a> <a href="http://[">f</a>'
        '<img src="/e-1.webp" srcset="/e-1.webp 480w, /e-2.webp 960w" alt="href=&quot;/x&quot;">'
        ' said "href" and src="/f"'
    )

    assert absolute(html, "https://stalelove.example/articles/x/") == (
        '<a href="https://stalelove.example/a/">a</a> '
        '<a href="https://stalelove.example/articles/x/#b">b</a> '
        '<a href="https://c.example/">c</a> <a href="mailto:d">d</a>'
        '<a href="https://stalelove.example/articles/b/?c=1">e</a> <a href="http://[">f</a>'
        '<img src="https://stalelove.example/e-1.webp" '
        'srcset="https://stalelove.example/e-1.webp 480w, https://stalelove.example/e-2.webp 960w" '
        'alt="href=&quot;/x&quot;"> said "href" and src="/f"'
    )


def test_an_entry_keeps_its_id_when_its_slug_its_title_and_its_date_change(client, db):
    article = another_article(slug="a", publish_at=NOW)
    before = read_feed(client).entries[0].id

    article.slug, article.title = "b", "Another title"
    article.publish_at = NOW + dt.timedelta(days=1)
    article.save()

    assert read_feed(client).entries[0].id == before


def test_the_feed_has_the_newest_twenty_that_readers_may_see(
    client, db, django_assert_num_queries
):
    for number in range(25):
        another_article(title=f"{number}", publish_at=NOW - dt.timedelta(hours=number))
    another_article(state=Article.State.DRAFT, publish_at=NOW)
    another_article(publish_at=timezone.now() + dt.timedelta(minutes=1))

    with django_assert_num_queries(1):
        feed = read_feed(client)

    assert [entry.title for entry in feed.entries] == [f"{number}" for number in range(20)]


def test_an_empty_feed_is_a_feed(client, db):
    assert read_feed(client).entries == []


def test_a_control_character_does_not_take_the_feed_away(client, db):
    another_article(
        title="Bell\x07", standfirst="Tab\x0b", body="Form\x0cfeed \ufffe.", byline="\x01"
    )

    assert read_feed(client).entries[0].title == "Bell"


# The sitemap and robots.txt


def read_sitemap(client, **headers):
    response = client.get("/sitemap.xml", **headers)
    assert response["Content-Type"] == "application/xml"
    return {
        url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod")
        for url in ElementTree.fromstring(response.content).iter(f"{SITEMAP}url")  # noqa: S314
    }


def test_the_sitemap_lists_what_readers_may_see_and_when_it_changed(client, db):
    touch(another_article(slug="shown", publish_at=NOW), NOW + dt.timedelta(days=2))
    touch(another_article(slug="saved-before", publish_at=NOW), NOW - dt.timedelta(days=2))
    another_article(slug="later", publish_at=timezone.now() + dt.timedelta(minutes=1))
    another_article(slug="draft", state=Article.State.DRAFT)
    another_exercise(slug="done")
    another_exercise(slug="not-yet", is_published=False)
    another_page(slug="about")
    another_page(slug="hidden", is_published=False)
    country = Country.objects.create(code="us", name="United States")
    HelpResource.objects.create(
        country=country, slug="a", kind="abuse", name="A", source="s", last_checked="2026-11-01"
    )

    found = read_sitemap(client, **FROM_ELSEWHERE)

    assert found["https://testserver/articles/shown/"] == "2026-11-22"
    assert found["https://testserver/articles/saved-before/"] == "2026-11-20"
    assert found["https://testserver/help/us/"] == "2026-11-01"
    assert sorted(found) == sorted(
        f"https://testserver{path}"
        for path in (
            *("/", "/about/", "/articles/", "/articles/saved-before/", "/articles/shown/"),
            *("/checkup/", "/evidence/", "/exercises/", "/exercises/done/", "/help/", "/help/us/"),
            *("/questions/", "/questions/tonight/", "/reading-list/", "/topics/attention/"),
            *("/topics/curiosity/", "/topics/repair/", "/topics/warmth/"),
        )
    )


def test_every_address_of_the_sitemap_opens_and_calls_itself_canonical(client, db):
    another_article(slug="a")
    another_exercise(slug="e")
    another_page(slug="about")

    for address in read_sitemap(client):
        response = client.get(address.removeprefix("https://testserver"))
        assert response.status_code == 200
        assert canonical(response) == [address]


def test_robots_txt_names_the_sitemap_and_no_private_address(client):
    response = client.get("/robots.txt", **FROM_ELSEWHERE)

    assert response["Content-Type"] == "text/plain"
    assert response.content.decode() == (
        "User-agent: *\nDisallow: /search/\n\nSitemap: https://testserver/sitemap.xml\n"
    )


# What a page says of itself


def canonical(response):
    tree = parse(response.content.decode())
    return [link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"]


def properties(response):
    tree = parse(response.content.decode())
    return {
        meta.get("property") or meta.get("name") or "": meta.get("content")
        for meta in tree.iter("meta")
    }


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("/articles/", "/articles/"),
        ("/articles/?page=1", "/articles/"),
        ("/articles/?page=2", "/articles/?page=2"),
        ("/articles/?page=2&utm_source=x", "/articles/?page=2"),
        ("/articles/?page=0", "/articles/"),
        ("/articles/?page=-1", "/articles/"),
        ("/articles/?page=nonsense", "/articles/"),
        ("/articles/?page=%00", "/articles/"),
        ("/articles/?page=" + "9" * 5000, "/articles/"),
        ("/articles/?page=2&page=1", "/articles/"),
        ("/?utm_source=x", "/"),
    ],
)
def test_a_page_has_one_canonical_address(client, db, asked, address):
    for _ in range(21):
        another_article()

    assert canonical(client.get(asked, **FROM_ELSEWHERE)) == [f"https://testserver{address}"]


def test_a_page_of_the_index_without_articles_is_none(client, db):
    for _ in range(21):
        another_article()

    assert client.get("/articles/?page=3").status_code == 404
    assert client.get("/articles/?page=2").status_code == 200


def test_an_article_says_what_shared_links_need(client, db):
    article = another_article(
        title='Quiet "&" <calm>', slug="quiet", standfirst="One line.", publish_at=NOW
    )
    touch(article, NOW + dt.timedelta(days=1))

    said = properties(client.get("/articles/quiet/", **FROM_ELSEWHERE))

    assert {name: value for name, value in said.items() if ":" in name} == {
        "og:site_name": "Stale Love",
        "og:url": "https://testserver/articles/quiet/",
        "og:type": "article",
        "og:title": 'Quiet "&" <calm>',
        "og:description": "One line.",
        "og:image": "https://testserver/static/img/share.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": 'Quiet "&" <calm>',
        "twitter:card": "summary_large_image",
    }


def test_the_share_image_is_there_in_the_size_that_pages_promise():
    data = Path(finders.find("img/share.png")).read_bytes()

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (1200, 630)


def test_an_article_is_described_in_json_ld_that_cannot_break_out_of_its_element(client, db):
    article = another_article(
        title="</script><script>alert(1)</script>\u2028<!--",
        slug="a",
        standfirst="Standfirst & all.",
        byline="Someone Real",
        categories=["repair"],
        body="One two three.",
        publish_at=NOW,
    )
    touch(article, NOW + dt.timedelta(days=1))

    html = client.get("/articles/a/", **FROM_ELSEWHERE).content.decode()

    scripts = [s for s in parse(html).iter("script") if not s.get("src")]
    assert [script.get("type") for script in scripts] == ["application/ld+json"]
    assert json.loads(scripts[0].text) == {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": "https://testserver/articles/a/",
        "mainEntityOfPage": "https://testserver/articles/a/",
        "headline": article.title,
        "description": "Standfirst & all.",
        "articleSection": ["Repair"],
        "datePublished": "2026-11-20T18:30:00+00:00",
        "dateModified": "2026-11-21T18:30:00+00:00",
        "author": {"@type": "Person", "name": "Someone Real"},
        "publisher": {
            "@type": "Organization",
            "name": "Stale Love",
            "url": "https://testserver/",
        },
        "image": "https://testserver/static/img/share.png",
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "wordCount": 3,
    }


def test_pages_that_are_no_ones_to_share_say_nothing(client, db):
    token = "a" * 32
    for address in (
        "/no-such-page/",
        "/articles/none/",
        f"/checkup/{token}/",
        f"/snapshot/{token}/",
        f"/snapshot/{token}/delete/",
    ):
        response = client.get(address)
        assert response.status_code == 404
        assert canonical(response) == []
        assert "og:" not in response.content.decode()


# Asking again


def ask_twice(client, address):
    """The answer, and the answer to the same question asked with what the first one said."""
    first = client.get(address)
    headers = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    return first, client.get(address, **headers)


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/articles/", "/articles/a/", "/exercises/", "/exercises/e/", "/topics/attention/"),
        *("/questions/", "/reading-list/", "/evidence/", "/checkup/", "/help/", "/search/?q=a"),
        *("/feed.atom", "/sitemap.xml", "/robots.txt"),
    ],
)
def test_an_unchanged_page_is_not_sent_twice(client, db, address):
    another_article(slug="a", title="a")
    another_exercise(slug="e")

    first, second = ask_twice(client, address)

    assert (first.status_code, second.status_code) == (200, 304)
    assert second.content == b""
    assert second["ETag"] == first["ETag"]
    assert second["Cache-Control"] == first["Cache-Control"] == "max-age=0, must-revalidate"


def test_a_page_is_sent_again_when_anything_on_it_changed(client, db):
    another_article(slug="a")
    first = client.get("/articles/a/")
    another_article(title="The one to read next")

    again = client.get("/articles/a/", HTTP_IF_NONE_MATCH=first["ETag"])

    assert again.status_code == 200
    assert "The one to read next" in again.content.decode()


def test_a_scheduled_article_appears_at_its_minute_to_those_who_ask_again(client, db):
    first = client.get("/articles/")
    later = another_article(
        title="At its minute", publish_at=timezone.now() + dt.timedelta(minutes=1)
    )
    waiting = client.get("/articles/", HTTP_IF_NONE_MATCH=first["ETag"])
    Article.objects.filter(pk=later.pk).update(publish_at=timezone.now())

    due = client.get("/articles/", HTTP_IF_NONE_MATCH=first["ETag"])

    assert (waiting.status_code, due.status_code) == (304, 200)
    assert "At its minute" in due.content.decode()


def test_the_feed_answers_by_date_too(client, db):
    touch(another_article(publish_at=NOW), NOW)

    first = client.get("/feed.atom")
    second = client.get("/feed.atom", HTTP_IF_MODIFIED_SINCE=first["Last-Modified"])

    assert first["Last-Modified"] == "Fri, 20 Nov 2026 18:30:00 GMT"
    assert second.status_code == 304


def test_a_redirect_is_not_kept_so_that_an_editor_can_undo_it(client, db):
    article = another_article(slug="a")
    article.slug = "b"
    article.save()

    response = client.get("/articles/a/")

    assert response.status_code == 301
    assert response["Cache-Control"] == "max-age=0, must-revalidate"


def test_private_pages_and_the_editors_pages_have_no_etag(client, db, admin_client):
    private = client.get(f"/snapshot/{'a' * 32}/")
    own = admin_client.get("/admin/")

    assert not private.has_header("ETag")
    assert private["Cache-Control"] == "no-store, private"
    assert not own.has_header("ETag")
    assert "no-store" in own["Cache-Control"]


def test_absolute_addresses_never_come_from_the_request(db):
    another_article(slug="a")
    client = Client(HTTP_HOST="127.0.0.1")

    for address in ("/", "/articles/a/", "/feed.atom", "/sitemap.xml", "/robots.txt"):
        assert "127.0.0.1" not in client.get(address).content.decode()
