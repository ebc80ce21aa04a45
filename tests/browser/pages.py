"""Every type of page that the site has, once, in each of its states: what is looked at, measured and
photographed (tests/browser, `make screenshots`, `make html`, `make weights`, `make lighthouse`).

`make_pages` writes the rows that the states need; the starter content must be there. It works on the
database of the tests as on that of a running site.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow
from PIL import ImageDraw

from articles.models import Article, Image
from articles.pictures import make_copies
from exercises.models import Exercise
from quiz import scoring, together
from quiz.models import Checkup, Edition, Pairing, Participant, invitation_token
from stalelove import rate_limits, sign_in, views
from stalelove.categories import Category
from stalelove.help_lines import last_known
from tests.builders import another_article

EDITOR = "edith"
LONG_AGO = dt.timedelta(days=30)
# One way to skip, and answers that lie apart enough for one part to be the lowest.
MIXED = {
    "attention": [4] * 6,
    "curiosity": [3] * 6,
    "repair": [1] * 6,
    "warmth": [2, 2, 2, 3, 3, 3],
}
CALM = {category: [3, 3, 2, 3, 3, 3] for category in Category}
FEW = {category: [2, -1, -1, -1, 2, -1] for category in Category}


@dataclass(frozen=True)
class PageType:
    """One page in one state.

    It is had by going to `address`; with `sends`, by sending that as a form from there. With `shows`,
    what that answers is put in place of what the site would say at `address`: for the answers to what a
    browser does not do. `part_of` says whose page it is.
    """

    name: str
    address: str
    status: int = 200
    sends: Mapping[str, str | Sequence[str]] | None = None
    shows: Callable[[], HttpResponse] | None = None
    part_of: str = "reading"

    @property
    def is_for_editors(self) -> bool:
        return self.part_of == "editors"

    @property
    def has_frame(self) -> bool:
        """Whether it has the frame of readers' pages: header, exit, help, footer."""
        return self.part_of in ("reading", "checkup", "errors")

    def __str__(self) -> str:
        return self.name


def make_pages() -> list[PageType]:
    """All page types, with the rows behind them. Nothing is shared with another call of it."""
    found = [*_reading(), *_checkup(), *_together(), *_errors(), *_editors()]
    names = [page.name for page in found]
    assert len(set(names)) == len(names), "two page types have one name"
    return found


def _reading() -> Iterator[PageType]:
    picture = _picture()
    another_article(
        title="With a picture",
        slug="with-a-picture",
        standfirst="A kettle, and what it is for.",
        body=f"Put the kettle on.\n\n![A kettle]({picture})\n\nThen sit down.[^1]\n\n[^1]: Both of you.",
        categories=["warmth"],
        publish_at=timezone.now() - dt.timedelta(days=900),
    )
    article = "/articles/finding-your-way-back-to-each-other/"
    practice = "/exercises/the-repair-script/"
    request = "/exercises/request/"
    soon = timezone.localdate() + dt.timedelta(days=3)
    yield PageType("home", "/")
    yield PageType("articles", "/articles/")
    yield PageType("article", article)
    yield PageType("article-short", "/articles/when-the-phone-sits-between-you/")
    yield PageType("article-with-a-picture", "/articles/with-a-picture/")
    yield PageType("topic", "/topics/repair/")
    yield PageType("search", "/search/")
    yield PageType("search-found", "/search/?q=phone")
    yield PageType("search-suggests", "/search/?q=atention")
    yield PageType("search-nothing", "/search/?q=zyxwvut")
    yield PageType("search-too-long", f"/search/?q={'a' * 201}")
    yield PageType("exercises", "/exercises/")
    yield PageType("exercises-picked", "/exercises/?minutes=10&who=alone")
    yield PageType("exercises-none", "/exercises/?minutes=2&who=both&category=repair")
    yield PageType("exercise", practice)
    yield PageType("exercise-week-wrong", f"{practice}week.ics?start=never&time=19:30", status=400)
    yield PageType("exercise-print", f"{practice}print/")
    yield PageType("exercise-hold", f"{practice}hold/")
    yield PageType("request", request)
    yield PageType("request-wrong", request, 422, {"see": "", "small": "", "by": ""})
    yield PageType(
        "request-card",
        request,
        sends={"see": "walk with me after lunch", "small": "once, for an hour", "by": f"{soon}"},
    )
    yield PageType("questions", "/questions/")
    yield PageType("questions-picked", "/questions/?category=warmth&depth=3")
    yield PageType("questions-print", "/questions/print/")
    yield PageType("tonight", "/questions/tonight/")
    yield PageType("tonight-tomorrow", f"/questions/tonight/?date={soon}")
    yield PageType("reading-list", "/reading-list/")
    yield PageType("evidence", "/evidence/")
    yield PageType("help", "/help/")
    yield PageType("help-country", "/help/us/")
    yield PageType("help-unknown-country", "/help/zz/", status=404)
    yield PageType("help-report", "/help/us/report/")
    yield PageType("help-report-wrong", "/help/us/report/", 422, {"line": "", "details": "a"})
    yield PageType("help-report-thanks", "/help/us/report/thanks/")
    for page in ("about", "privacy", "accessibility"):
        yield PageType(page, f"/{page}/")


def _checkup() -> Iterator[PageType]:
    def page(name: str, address: str, *rest, **options) -> PageType:
        return PageType(name, address, *rest, part_of="checkup", **options)

    yield page("checkup", "/checkup/")
    yield page("checkup-paper", "/checkup/paper/")
    _new, empty = Checkup.start(_edition())
    half = _taken({"attention": [1, 2, 3, 4, 0, scoring.SKIPPED], "curiosity": [2] * 6})
    for number, category in enumerate(Category, start=1):
        yield page(f"step-{number}-{category}", f"/checkup/{half}/{category}/")
    step = f"/checkup/{empty}/attention/"
    key = _edition().definition().items_in(Category.ATTENTION)[1].key
    yield page("step-empty", step)
    yield page("step-wrong-answer", step, 422, {"edition": "1", key: "9"})
    yield page("step-wrong-edition", step, 422, {"edition": "99"})
    yield page("step-too-large", step, 413, {"edition": "1", key: "1" * 40_000})

    mixed, calm, few = (f"/snapshot/{_taken(answers)}/" for answers in (MIXED, CALM, FEW))
    yield page("snapshot", mixed)
    yield page("snapshot-even", calm)
    yield page("snapshot-few-answers", few)
    yield page("snapshot-fits", f"{calm}?begin=warmth&who=both&minutes=20")
    yield page("sheet-form", f"{mixed}sheet/")
    yield page("sheet-wrong", f"{mixed}sheet/", 422, {"notes": ""})
    yield page(
        "sheet",
        f"{mixed}sheet/",
        sends={"notes": "Our evenings.", "repair": ["*", *_keys("repair")]},
    )
    yield page("change", f"/snapshot/{_again(MIXED, CALM, LONG_AGO)}/change/")
    yield page("change-too-soon", f"/snapshot/{_again(MIXED, CALM, dt.timedelta(days=1))}/change/")
    yield page("change-none", f"{mixed}change/")
    yield page("delete", f"{mixed}delete/")
    yield page("deleted", f"/snapshot/{_taken(CALM)}/delete/", sends={})
    yield page("gone", f"/snapshot/{'A' * 32}/", status=404)


def _together() -> Iterator[PageType]:
    def page(name: str, address: str, *rest, **options) -> PageType:
        return PageType(name, address, *rest, part_of="checkup", **options)

    yield page("together-invite", f"/snapshot/{_taken(MIXED)}/together/")
    yield page("together-too-few", f"/snapshot/{_taken(FEW)}/together/")
    own, _invited = _invite()
    yield page("together-choose", f"/together/{own}/")
    yield page("together-choose-wrong", f"/together/{own}/", 422, {"step": "choose"})
    yield page("together-invited", f"/together/{invitation_token(own)}/")
    own, _invited = _invite()
    Participant.with_token(own).choose([Category.ATTENTION, Category.REPAIR])
    yield page("together-look", f"/together/{own}/")
    own, _invited = _invite()
    _confirm(own, Category.ATTENTION)
    yield page("together-waiting", f"/together/{own}/")
    own, invited = _invite(taken_up=True)
    yield page("together-answer-first", f"/together/{invited}/")
    own, invited = _invite(taken_up=True, answers=CALM)
    _confirm(own, *Category)
    _confirm(invited, Category.REPAIR, Category.WARMTH)
    yield page("together-view", f"/together/{own}/")
    own, _invited = _invite()
    yield page("together-left", f"/together/{own}/", sends={"step": "leave"})


def _errors() -> Iterator[PageType]:
    def page(name: str, status: int, shows: Callable[[HttpRequest], HttpResponse]) -> PageType:
        address = f"/{name}/"
        return PageType(
            name, address, status, shows=lambda: shows(_request(address)), part_of="errors"
        )

    yield PageType("error-404", "/no-such-page/", 404, part_of="errors")
    yield page("error-400", 400, views.bad_request)
    yield page("error-403", 403, views.forbidden)
    yield page("error-413", 413, lambda request: render(request, "413.html", status=413))
    yield page("error-429", 429, lambda request: rate_limits._slower(request, 170))
    yield page("error-500", 500, views.server_error)
    yield page(
        "error-503",
        503,
        lambda request: render(request, "503.html", {"help": last_known()}, status=503),
    )


def _editors() -> Iterator[PageType]:
    def page(name: str, address: str, **options) -> PageType:
        return PageType(f"admin-{name}", address, part_of="editors", **options)

    article = Article.objects.order_by("pk").first()
    yield PageType("admin-sign-in", reverse("admin:login"), part_of="sign-in")
    yield PageType(
        "admin-locked-out",
        reverse("admin:login"),
        429,
        shows=lambda: sign_in.locked_out(_request(reverse("admin:login")), None, {}),
        part_of="sign-in",
    )
    yield PageType("style", "/style/", part_of="editors")
    yield page("start", reverse("admin:index"))
    yield page("second-step", reverse("admin:second_step"))
    yield page("articles", reverse("admin:articles_article_changelist"))
    yield page("article", reverse("admin:articles_article_change", args=[article.pk]))
    yield page("article-new", reverse("admin:articles_article_add"))
    yield page("article-history", reverse("admin:articles_article_history", args=[article.pk]))
    yield page("article-delete", reverse("admin:articles_article_delete", args=[article.pk]))
    yield page("pictures", reverse("admin:articles_image_changelist"))
    exercise = Exercise.objects.order_by("pk").first()
    yield page("exercise", reverse("admin:exercises_exercise_change", args=[exercise.pk]))
    yield page("help-lines", reverse("admin:stalelove_helpresource_changelist"))
    yield page("edition", reverse("admin:quiz_edition_change", args=[_edition().pk]))


def session_of_an_editor() -> str:
    """The value of the session cookie of somebody signed in who may do everything."""
    users = get_user_model().objects
    user = users.filter(username=EDITOR).first() or users.create_superuser(EDITOR)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def html_of(address: str, session: str) -> str:
    """A page as an editor gets it, without the token against forgery, which is another each time."""
    client = Client()
    client.cookies["sessionid"] = session
    text = client.get(address).content.decode()
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', 'csrf"', text)


def _request(address: str) -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    request.resolver_match = None
    return request


def _edition() -> Edition:
    return Edition.objects.current()


def _keys(category: str) -> list[str]:
    return [item.key for item in _edition().definition().items_in(Category(category))]


def _taken(answers: Mapping[str, Sequence[int]], *, earlier: Checkup | None = None) -> str:
    """The token of a checkup with these pages saved."""
    checkup, token = Checkup.start(_edition(), earlier=earlier)
    _save(checkup, answers)
    return token


def _save(checkup: Checkup, answers: Mapping[str, Sequence[int]]) -> None:
    for category, given in answers.items():
        page = dict(zip(_keys(category), given, strict=True))
        checkup.save_page(Category(category), page)


def _again(before: Mapping, now: Mapping, ago: dt.timedelta) -> str:
    """The token of a checkup that grew from one that was finished some time ago."""
    earlier, _token = Checkup.start(_edition())
    _save(earlier, before)
    then = timezone.localdate() - ago
    Checkup.objects.filter(pk=earlier.pk).update(started_on=then, finished_on=then)
    earlier.refresh_from_db()
    return _taken(now, earlier=earlier)


def _invite(*, taken_up: bool = False, answers: Mapping | None = None) -> tuple[str, str | None]:
    """Both people's own links; the second only where the invitation is taken up."""
    token = _taken(MIXED)
    own = Pairing.invite(Checkup.objects.with_token(token).get(), token)
    if not taken_up:
        return own, None
    other_token = Pairing.take_up(invitation_token(own), _edition())
    other = Checkup.objects.with_token(other_token).get()
    _save(other, answers or {})
    return own, Pairing.own_link(other, other_token)


def _confirm(own: str, *categories: Category) -> None:
    side = Participant.with_token(own)
    side.choose(categories)
    side = Participant.with_token(own)
    side.confirm(together.fingerprint(side.would_show()))


def _picture() -> str:
    """The library's address of a picture of a kettle, more or less."""
    image = Pillow.new("RGB", (1600, 900), "#dfe5dc")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 700, 1600, 900), fill="#8a8f86")
    draw.ellipse((580, 260, 1020, 740), fill="#3f6f72")
    file = io.BytesIO()
    image.save(file, "PNG")
    row = Image.add(make_copies(file.getvalue()), file_name="kettle.png", alt="A kettle on a hob")
    return f"image:{row.name}"
