"""Every word of the interface can be translated: no page of a made-up language has one that is not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
import reversion
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from reversion.models import Version

from articles.models import Article
from articles.rendering import render, render_line
from quiz.insights import count_periods
from quiz.models import Edition
from tests import languages
from tests.languages import Depth
from tests.quiz.readers import make_checkup as make_counted
from tests.quiz.rows import answers_of, days_ago, make_checkup
from tests.quiz.test_together_pages import both_confirmed, choose, invite
from tests.test_site import OWN_APPS, PUBLIC

# What people read or hear of an element beside its text, and the words that a script shows.
SPOKEN = re.compile(
    "alt|aria-(description|label|roledescription|valuetext)|label|placeholder|title"
    "|data-(kept|full|offline|schedule|link|footnote)"
)
META = {"description", "og:title", "og:description", "og:image:alt", "og:site_name"}
UNREAD = {"script", "style"}
# The same in every language: names, signs, and what is typed and not read.
SAME_EVERYWHERE = {"Stale Love", "ISBN", "doi", "UTC", "min", "editor", "xx"}
# Words of other packages that they themselves do not translate.
NOT_OURS = {
    *("Axes", "access attempt expiration", "Reversion", "revision", "True", "False"),
    *("Otp_Static", "static device", "static token", "Otp_Totp", "TOTP device"),
    *("Exercise-article relationship", "Exercise-article relationships"),
    *("Group-permission relationship", "Group-permission relationships"),
    *("Exercise_articles object", "Group_permissions object"),
}


@pytest.fixture
def content(starter) -> set[str]:
    """What editors wrote, in the pieces in which a page shows it."""
    return set(_content())


def _content() -> Iterator[str]:
    own = [m for m in apps.get_models() if m._meta.app_label in OWN_APPS]
    for model in own:
        fields = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            or "array" in type(field).__name__.lower()
        ]
        for row in model._default_manager.all():
            yield str(row)
            for field in fields:
                value = getattr(row, field.attname)
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, dict):  # a heading of an article
                        yield from (str(word) for word in text.values())
                    elif text:
                        yield from _pieces(str(text))
    for row in (*Permission.objects.all(), *Group.objects.all()):
        yield row.name


def _pieces(text: str) -> Iterator[str]:
    yield text
    yield from text.splitlines()
    if "<" in text:
        yield from _texts(_tree(text))
    else:
        yield from _texts(_tree(render(text).html))
        for line in text.splitlines():
            yield from _texts(_tree(render_line(line)))


def _tree(html: str) -> Element:
    return html5lib.parse(html, namespaceHTMLElements=False)


def _texts(element: Element) -> Iterator[str]:
    """The texts of a page in their order, each with nothing of another element in it.

    What holds a <mark> is an excerpt that search has cut from content.
    """
    if isinstance(element.tag, str) and element.tag not in UNREAD and element.find("mark") is None:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _spoken(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        for name, value in element.attrib.items():
            if SPOKEN.fullmatch(str(name)):
                yield value
        if element.tag == "meta" and (element.get("name") or element.get("property")) in META:
            yield element.get("content", "")
        if element.tag == "input" and element.get("type") in ("submit", "button", "reset"):
            yield element.get("value", "")


def untranslated(html: str, content: set[str]) -> set[str]:
    """What a page says outside all brackets, and that is not an editor's."""
    tree = _tree(html)
    depth = Depth()
    parts = [part for text in _texts(tree) for part in depth.outside(text)]
    assert depth.level == 0, "a translation is cut off"
    parts += [part for text in _spoken(tree) for part in Depth().outside(text)]
    return {said for part in parts if (said := _bare(part)) and not _is_known(said, content)}


def _bare(text: str) -> str:
    """Without the blanks and signs around, numbers and links; empty where no word is left."""
    text = re.sub(r"https?://\S+", "", text)
    text = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", " ".join(text.split()))
    return text if re.search(r"[^\W\d_]{2}", text) else ""


def _is_known(said: str, content: set[str]) -> bool:
    """Whether it is a piece of content, or several with nothing but signs between them."""
    if said.lower() in content:
        return True
    return any(
        _bare(said[: sign.start()]).lower() in content
        and _is_known(_bare(said[sign.end() :]), content)
        for sign in re.finditer(r"[.,:;·|/()?!–—-]+\s*", said)
    )


def known(content: set[str]) -> set[str]:
    return {"", *(_bare(text).lower() for text in (*content, *SAME_EVERYWHERE, *NOT_OURS))}


def report(pages: dict[str, str], content: set[str]) -> str:
    """What cannot be translated, each with a page where it stands; empty when all can."""
    every = known(content)
    found = {
        said: address for address, html in pages.items() for said in untranslated(html, every)
    }
    return "\n".join(f"{said!r} on {address}" for said, address in sorted(found.items()))


def test_the_words_are_gathered_without_a_complaint(tmp_path):
    catalog, said = languages.gather(tmp_path)

    assert said == "processing locale xx\n"
    words = {message.id for message in catalog}
    # One of each sort: a template, a module with Django, a pure module, a plural.
    assert words > {
        "Nobody meant for it to go quiet",
        "Submit for review",
        "The key “%(words)s” stands there twice.",
        ("%(count)s report was marked as handled.", "%(count)s reports were marked as handled."),
    }


def test_what_cannot_be_translated_is_found():
    page = "<title>⟦Help⟧</title><p>⟦Call <b>now</b>⟧ or wait: “A title”</p><img alt='A cup'>"

    assert untranslated(page, known({"A title"})) == {"or wait: “A title", "A cup"}
    assert untranslated("<p>⟦Read⟧ “A title”, 3</p>", known({"A title"})) == set()


ADDRESSES = [
    *PUBLIC,
    *("/search/", "/search/?q=quiet", "/search/?q=silance", "/search/?q=zzzzzz", "/help/zz/"),
    *("/exercises/?minutes=2&who=both&touch=with&distance=apart", "/questions/?depth=1"),
    *("/questions/tonight/?date=1999-01-01", "/no-such-page/", "/help/us/report/thanks/"),
    *("/exercises/the-repair-script/week.ics?start=x", "/search/?q=" + "x" * 300),
    "/snapshot/" + "x" * 32 + "/",
]


def test_readers_meet_no_word_that_cannot_be_translated(client, made_up, content):
    pages = {address: client.get(address).content.decode() for address in ADDRESSES}
    pages["builder"] = client.post("/exercises/request/", {}).content.decode()
    built = {"what": "x", "see": "never stop being better", "small": "x", "by": "2026-01-01"}
    pages["builder, filled"] = client.post("/exercises/request/", built).content.decode()
    pages["report"] = client.post("/help/us/report/", {"line": "zz"}).content.decode()
    refused = client.post("/exercises/request/", {}, headers={"origin": "https://x.example"})
    pages["refused"] = refused.content.decode()

    assert report(pages, content) == ""


def test_the_checkup_has_no_word_that_cannot_be_translated(client, made_up, content):
    first, earlier = make_checkup(
        answers=answers_of(
            attention=3, curiosity=[3, 3, 3, 2, 2, 2], repair=0, warmth=[4, 4] + [-1] * 4
        ),
        finished_on=days_ago(30),
    )
    later, now = make_checkup(answers=answers_of(attention=1, repair=3, warmth=3), earlier=first)
    _, soon = make_checkup(answers=2, earlier=later)
    _, same = make_checkup(answers=3)
    _, nothing = make_checkup(answers=-1)
    _, begun = make_checkup()
    addresses = [
        *(f"/checkup/{begun}/{page}/" for page in ("attention", "curiosity", "repair", "warmth")),
        *(f"/snapshot/{token}/" for token in (earlier, now, soon, same, nothing)),
        f"/snapshot/{earlier}/?begin=attention&who=both&minutes=5",
        *(f"/snapshot/{token}/change/" for token in (now, soon, same)),
        *(f"/snapshot/{now}/{page}/" for page in ("sheet", "delete")),
    ]
    pages = {address: client.get(address, follow=True).content.decode() for address in addresses}
    pages["another edition"] = client.post(
        f"/checkup/{begun}/attention/", {"edition": "9"}
    ).content.decode()
    pages["no choice"] = client.post(
        f"/checkup/{begun}/attention/", {"edition": "1", "attention-looked-up": "9"}
    ).content.decode()
    pages["empty sheet"] = client.post(f"/snapshot/{now}/sheet/", {}).content.decode()
    pages["sheet"] = client.post(
        f"/snapshot/{earlier}/sheet/", {"attention": ["*"], "repair": ["*"]}
    ).content.decode()
    own = invite(client, same)
    pages["together, nothing chosen"] = choose(client, own).content.decode()
    pages["together, alone"] = client.get(own).content.decode()
    choose(client, own, "attention")
    pages["together, chosen"] = client.get(own).content.decode()
    for invitation in re.findall(r"/together/[\w-]{32}/", pages["together, alone"]):
        pages[f"{invitation}"] = client.get(invitation).content.decode()
    hers, _his, her_page, _ = both_confirmed(client)
    pages["view"] = client.get(her_page).content.decode()
    pages["left"] = client.post(her_page, {"step": "leave"}).content.decode()
    pages["deleted"] = client.post(f"/snapshot/{hers}/delete/").content.decode()

    assert report(pages, content | set(_content())) == ""


@pytest.fixture
def editor(client, django_user_model) -> Client:
    client.force_login(django_user_model.objects.create_superuser("editor"))
    return client


def test_editors_meet_no_word_that_cannot_be_translated(editor, made_up, content):
    edition = Edition.objects.get()
    for answer, readers in ((0, 12), (4, 13)):
        for _ in range(readers):
            make_counted(edition, started_on=dt.date(2026, 3, 1), answers=[answer] * 24)
    count_periods(edition)
    edition.copy()
    pages = {}

    def look(address: str, **posted: str) -> None:
        method = editor.post if posted else editor.get
        response = method(address, posted or None, follow=True)
        pages[f"{address} {posted or ''}"] = response.content.decode()

    for name in ("index", "password_change", "second_step"):
        look(reverse(f"admin:{name}"))
    for model, model_admin in admin.site._registry.items():
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        look(reverse(f"{label}_changelist"))
        if model_admin.has_add_permission(editor.get("/admin/").wsgi_request):
            look(reverse(f"{label}_add"))
            look(reverse(f"{label}_add"), _save="1")
        if row := model._default_manager.first():
            for page in ("change", "history", "delete"):
                look(reverse(f"{label}_{page}", args=[row.pk]))
        if hasattr(model_admin, "recoverlist_view"):
            look(reverse(f"{label}_recoverlist"))
    published, copy = Edition.objects.order_by("number")
    look(f"/admin/quiz/edition/{published.pk}/measurement/now/", now="1")
    article = Article.objects.first()
    for title in ("Once", "Twice"):
        with reversion.create_revision():
            article.title = title
            article.save()
    newer, older = Version.objects.get_for_object(article).values_list("pk", flat=True)[:2]
    look(f"/admin/articles/article/{article.pk}/history/compare/?older={older}&newer={newer}")
    look(f"/admin/articles/article/{article.pk}/change/?restore={older}")
    for page in ("insights", "measurement", "copy", "publish"):
        look(f"/admin/quiz/edition/{published.pk}/{page}/")
    look(f"/admin/quiz/edition/{copy.pk}/publish/")
    editor.logout()
    look("/admin/login/")
    look("/admin/login/", username="nobody", password="wrong")

    assert report(pages, content | set(_content())) == ""


def test_commands_are_not_translated(made_up, starter, capsys):
    """Whoever runs the machines reads, searches for and sends on the sentences that are documented."""
    call_command("check_help_lines")

    assert languages.OPEN not in capsys.readouterr().out
