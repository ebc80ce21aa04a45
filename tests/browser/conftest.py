"""A real Chromium against a live server. Skipped where there is none; BROWSER=required forbids that."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

# .ci/run installs the first of these.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        message = f"no Chromium was found (looked for {', '.join(PROGRAMS)})"
        if os.environ.get("BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    # Playwright's loop runs in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server):
    """Open pages of the live server: `open_page("/", javascript=False, **context options)`.

    The test fails on any message of the browser's console (a broken rule of the
    Content-Security-Policy, a missing file) and on any cookie.
    """
    contexts, complaints = [], []

    def open_(address: str, *, javascript: bool = True, viewport=PHONE, **options):
        context = chromium.new_context(
            base_url=live_server.url, java_script_enabled=javascript, viewport=viewport, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.goto(address)
        return page

    yield open_
    cookies = [cookie["name"] for context in contexts for cookie in context.cookies()]
    for context in contexts:
        context.close()
    assert complaints == []
    assert cookies == []


@pytest.fixture
def media(settings):
    """Pictures are kept in memory, for this test."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
