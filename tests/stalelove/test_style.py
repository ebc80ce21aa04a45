"""The style page, and what the style promises of every page."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest

from tests.markup import complaints

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "static"
CSS = (STATIC / "css" / "site.css").read_text()
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.S)


def test_for_readers_there_is_no_style_page_and_no_cookie(client, db, django_user_model):
    ordinary = client.get("/style/")
    nothing = client.get("/no-such-page/")

    assert ordinary.status_code == nothing.status_code == 404
    assert ordinary.content == nothing.content
    assert ordinary.cookies == {}
    assert "Cookie" not in ordinary.get("Vary", "")
    client.force_login(django_user_model.objects.create_user("reader"))
    assert client.get("/style/").status_code == 404


def test_staff_see_every_part_in_a_valid_page(admin_client):
    response = admin_client.get("/style/")
    html = response.content.decode()

    assert complaints(html) == []
    assert "no-store" in response["Cache-Control"]
    for art in (ROOT / "templates" / "art").iterdir():
        assert "".join(art.read_text().split("<path", 1)[1].split()) in "".join(html.split())
    # The picture: full, half, empty, and too few answers.
    assert re.findall(r'class="bar-sure" width="([^"]+)"', html) == ["95.8%", "45.8%", "0.0%"]
    assert html.count("bar-unknown") == 1


def test_every_class_of_the_stylesheet_is_used():
    templates = " ".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    code = (ROOT / "stalelove" / "forms.py").read_text() + (
        ROOT / "articles" / "rendering.py"
    ).read_text()
    words = set(re.findall(r"[\w-]+", templates + code))
    # Put together in templates: hue-{{ category }}; .button-quiet also as "button{% if %}-quiet".
    assembled = re.compile(r"hue-\w+")

    classes = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"url\([^)]*\)", "", RULES)))
    unused = {name for name in classes - words if not assembled.fullmatch(name)}

    assert unused == {"footnote-backref", "footnotes"} - words


def test_every_class_of_a_page_is_one_that_the_stylesheet_knows():
    """Any other is sent to every reader, and does nothing."""
    known = set(re.findall(r"\.([a-z][\w-]*)", RULES + (STATIC / "css" / "style.css").read_text()))
    found = 0
    for path in (ROOT / "templates").rglob("*.html"):
        if "admin" in path.relative_to(ROOT).parts:
            continue  # with the stylesheet of Django's
        source = re.sub(r"{%.*?%}|{{.*?}}", "\0", path.read_text())
        for named in re.findall(r'class="([^"]*)"', source):
            whole = {name for name in named.split() if "\0" not in name}
            found += len(whole)
            assert whole <= known, path
    assert found > 500


def test_the_stylesheet_is_light_and_keeps_to_the_house_rules():
    assert len(brotli.compress(CSS.encode(), quality=11)) <= 8 * 1024
    assert "!important" not in RULES
    # Left and right are words of paper: a page in Arabic turns round by itself.
    assert re.findall(r"[\s-](?:left|right)\b[^;]*;", RULES) == []


def test_the_fonts_of_an_english_article_are_light_and_licensed():
    fonts = STATIC / "fonts"

    both = [fonts / name for name in ("newsreader.woff2", "newsreader-italic.woff2")]
    assert sum(font.stat().st_size for font in both) <= 26 * 1024
    assert "SIL Open Font License, Version 1.1" in (fonts / "LICENSE.txt").read_text()


@pytest.mark.parametrize(
    "address",
    ["/", "/articles/finding-your-way-back-to-each-other/", "/exercises/the-repair-script/"],
)
def test_a_page_loads_six_things_at_most(client, starter, address):
    html = client.get(address).content.decode()

    loaded = re.findall(r'<(?:link|script|img)\b[^>]*?(?:href|src)="(/static/[^"]+)"', html)
    assert sorted(loaded) == [
        "/static/css/site.css",
        "/static/fonts/newsreader-italic.woff2",
        "/static/fonts/newsreader.woff2",
        "/static/img/favicon.svg",
        "/static/js/site.js",
    ]
