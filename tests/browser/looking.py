"""How a page type is opened in a browser, and the ways of looking at it that must all be good."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Response, Route

from tests.browser.pages import PageType, session_of_an_editor

# Sends a form as a page of the site would, so that what guards forms has nothing against it.
_SEND = """fields => {
  const form = document.createElement("form");
  form.method = "post";
  form.noValidate = true;
  for (const [name, value] of fields) {
    const input = document.createElement("textarea");
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""

# Colors that are on their way from one look to the next are there at once.
_SETTLE = """() => document.getAnimations()
  .filter(each => each instanceof CSSTransition).forEach(each => each.finish())"""
_NO_WISHES = {
    "color_scheme": "light",
    "reduced_motion": "no-preference",
    "forced_colors": "none",
}


@dataclass(frozen=True)
class Look:
    """One way of looking: a window, and what the reader has asked of the browser."""

    name: str
    width: int
    height: int
    media: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def context_options(self) -> dict[str, Any]:
        return {
            "viewport": {"width": self.width, "height": self.height},
            **_NO_WISHES,
            **self.media,
        }


LIGHT = Look("light", 1280, 900)
DARK_SMALL = Look("dark-320", 320, 640, media={"color_scheme": "dark", "reduced_motion": "reduce"})
# A window of 1280 by 720 at 400 %: what is left for the page is 320 by 180.
ZOOMED = Look("zoom-400", 320, 180)
FORCED = Look("forced-colors", 390, 844, media={"forced_colors": "active"})
LOOKS = (LIGHT, DARK_SMALL, ZOOMED, FORCED)

PHOTOGRAPHED = (
    Look("phone-light", 390, 844),
    Look("phone-dark", 390, 844, media={"color_scheme": "dark"}),
    Look("desktop-light", 1280, 900),
    Look("desktop-dark", 1280, 900, media={"color_scheme": "dark"}),
)


def until(page: Page, so: str) -> None:
    """Wait until this JavaScript is true, ten seconds at most.

    Playwright's own wait_for_function evaluates words within the page, which our policy forbids.
    """
    last = time.monotonic() + 10
    while not page.evaluate(so):
        assert time.monotonic() < last, f"never came true: {so}"
        page.wait_for_timeout(20)


class Visitor:
    """One window that goes from page type to page type."""

    def __init__(self, context: Any, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self._session = session_of_an_editor()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{error}"))

    def _note(self, message: Any) -> None:
        # That a page of errors is one is what it is there for.
        if "the server responded with a status of 4" in message.text:
            return
        if "the server responded with a status of 5" in message.text:
            return
        self.complaints.append(message.text)

    def open(self, page_type: PageType) -> Page:
        """The page, loaded whole; an AssertionError when the site says something else."""
        page = self.page
        self.context.clear_cookies()
        if page_type.is_for_editors:
            self.context.add_cookies(
                [{"name": "sessionid", "value": self._session, "url": self.address}]
            )
        if page_type.shows is not None:
            page.route(f"**{page_type.address}", lambda route: _fulfil(route, page_type))
        answer = page.goto(page_type.address)
        if page_type.sends is not None:
            fields = [
                [name, each]
                for name, value in page_type.sends.items()
                for each in ([value] if isinstance(value, str) else value)
            ]
            with page.expect_navigation() as navigation:
                page.evaluate(_SEND, fields)
            answer = navigation.value
        if page_type.shows is not None:
            page.unroute(f"**{page_type.address}")
        self._check(page_type, answer)
        self.answer = answer
        page.wait_for_load_state("load")
        return page

    def look(self, look: Look) -> None:
        """Look at the page that is open in another way."""
        self.page.emulate_media(**{**_NO_WISHES, **look.media})
        self.page.set_viewport_size({"width": look.width, "height": look.height})
        self.page.evaluate(_SETTLE)

    @staticmethod
    def _check(page_type: PageType, answer: Response | None) -> None:
        assert answer is not None, page_type
        assert answer.status == page_type.status, (page_type.name, answer.status)


def _fulfil(route: Route, page_type: PageType) -> None:
    response = page_type.shows()
    route.fulfill(
        status=response.status_code,
        content_type=response["Content-Type"],
        body=response.content.decode(),
    )


@contextmanager
def visitor(browser: Browser, address: str, look: Look, **options: Any) -> Iterator[Visitor]:
    """A window with this look on the site at `address`."""
    context = browser.new_context(base_url=address, **look.context_options(), **options)
    try:
        yield Visitor(context, address)
    finally:
        context.close()
