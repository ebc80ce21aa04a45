"""An article's way from a Writer's first word to readers and back, in a real browser.

`make editor-pictures` runs these tests too, with EDITOR_PICTURES naming a folder: then they leave the
pictures of docs/editors.md there, so that the pictures show what the tests have seen.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import os
import re
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image as Pillow
from PIL import ImageDraw

from articles.models import Article, Image
from tests.browser.conftest import PHONE
from tests.builders import make_article, make_exercise, make_person

pytestmark = pytest.mark.django_db(transaction=True)
ROOM = {"width": 1180, "height": 860}
BODY = """It takes a minute, and it is the minute most evenings are made of.

## Look up first

Put down what you hold. Say their name, and wait for what comes."""


@pytest.fixture(autouse=True)
def media(settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


@pytest.fixture
def people(transactional_db):
    """A Writer and an Editor."""
    will, edith = (make_person(n, group=g) for n, g in (("will", "Writers"), ("edith", "Editors")))
    for person, name in ((will, "Will"), (edith, "Edith")):
        person.first_name = name
        person.save()
    return will, edith


@pytest.fixture
def sign_in(chromium, live_server, people):
    """Sign somebody in by the form. Any message of a console fails the test (a broken rule of the
    Content-Security-Policy, a missing file), but for those a test expects."""
    contexts, complaints, expected = [], [], []

    def sign_in_(name: str, *, javascript: bool = True, viewport=ROOM):
        context = chromium.new_context(
            base_url=live_server.url, java_script_enabled=javascript, viewport=viewport
        )
        contexts.append(context)
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.goto("/admin/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("a quiet word")
        page.get_by_role("button", name="Log in").click()
        return page

    sign_in_.expect = expected.append
    yield sign_in_
    for context in contexts:
        context.close()
    assert [c for c in complaints if not any(words in c for words in expected)] == []


def picture(page, name, **options):
    """Leave a picture for docs/editors.md, in few colors so that it stays small."""
    folder = os.environ.get("EDITOR_PICTURES")
    if folder:
        shot = Pillow.open(io.BytesIO(page.screenshot(**options))).convert("RGB")
        shot.quantize(64, dither=Pillow.Dither.NONE).save(
            Path(folder) / f"{name}.png", optimize=True
        )


def button(page, name):
    return page.get_by_role("button", name=name, exact=True).locator("visible=true").first


def press(page, name):
    with page.expect_navigation():
        button(page, name).click()


def said(page):
    return page.locator(".messagelist li").all_inner_texts()


def choices(page):
    return page.locator(".submit-row.steps button").all_inner_texts()


def write(page, selector, text):
    page.locator(selector).click()
    page.keyboard.insert_text(text)


def follow(page, name):
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def open_articles(page):
    with page.expect_navigation():
        page.locator(
            "#nav-sidebar .model-article th a, #content .model-article th a"
        ).first.click()


def hob():
    """A picture of a kettle on a hob, more or less."""
    image = Pillow.new("RGB", (1400, 800), "#dfe5dc")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 600, 1400, 800), fill="#8a8f86")
    draw.ellipse((480, 220, 920, 640), fill="#3f6f72")
    draw.arc((560, 120, 840, 380), 180, 360, fill="#3f6f72", width=28)
    draw.polygon([(900, 360), (1080, 280), (1080, 330), (900, 460)], fill="#3f6f72")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return {"name": "kettle.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def write_it(writer):
    """A Writer writes it, looks at it and hands it in."""
    picture(writer, "start")
    open_articles(writer)
    with writer.expect_navigation():
        writer.get_by_role("link", name="Add article").click()
    writer.get_by_label("Title").fill("The minute after the door")
    writer.get_by_label("Standfirst").fill("What happens in the first minute decides the evening.")
    assert writer.get_by_label("Slug").input_value() == "the-minute-after-the-door"
    writer.get_by_label("Attention").check()
    write(writer, "#id_body", BODY)
    preview = writer.locator(".markdown-page").first
    preview.get_by_role("heading", name="Look up first").wait_for()
    assert "30 words, about 1 minute to read" in writer.locator("[data-length]").first.inner_text()
    assert choices(writer) == ["Save draft", "Preview", "Submit for review"]
    writer.locator(".markdown").first.scroll_into_view_if_needed()
    writer.evaluate("document.querySelector('#id_body').closest('.module').scrollIntoView()")
    picture(writer, "write")

    with writer.expect_popup() as popup:
        button(writer, "Preview").click()
    page = popup.value
    page.wait_for_load_state()
    assert page.get_by_role("heading", level=1).inner_text() == "The minute after the door"
    assert "Nothing has been saved by looking." in page.locator("main").inner_text()
    picture(page, "preview")
    page.close()
    assert not Article.objects.exists()

    press(writer, "Save draft")
    assert said(writer) == ["Saved."]
    writer.get_by_label("A hello and a goodbye").check()
    press(writer, "Submit for review")
    assert said(writer) == ["Submitted for review."]
    assert choices(writer) == ["Save", "Preview", "Take back to draft"]


def publish_it(editor, visitor):
    """An Editor finds it, schedules it, thinks better of it and publishes it."""
    editor.reload()
    pile = editor.locator(".pile").filter(has_text="In review")
    assert pile.get_by_role("link").all_inner_texts() == ["In review", "The minute after the door"]
    picture(editor, "waiting")
    open_articles(editor)
    editor.get_by_role("link", name="In review").click()
    picture(editor, "list")
    follow(editor, "The minute after the door")
    assert choices(editor) == [
        *("Save", "Preview", "Take back to draft", "Publish now", "Schedule", "Archive"),
    ]
    day = timezone.localtime() + dt.timedelta(days=20)
    editor.locator("#id_schedule_for_0").fill(f"{day:%Y-%m-%d}")
    editor.locator("#id_schedule_for_1").fill("19:30")
    editor.locator("#id_schedule_for_1").blur()
    words = f"Schedule for {day:%B} {day.day}" + (
        "" if day.year == timezone.localtime().year else f", {day.year}"
    )
    schedule = editor.locator("[data-schedule]")
    assert schedule.inner_text() == f"{words}, 19:30"
    editor.evaluate("scrollTo(0, document.body.scrollHeight)")
    picture(editor, "publish")
    press(editor, f"{words}, 19:30")
    assert said(editor) == [
        f"{words.replace('Schedule', 'Scheduled')}, 19:30. It is published by itself. "
        "Still missing: no research note, no byline, no search description, not reviewed."
    ]
    press(editor, "Publish now")
    assert said(editor)[0].startswith("Published. Still missing: ")
    assert visitor.goto("/articles/the-minute-after-the-door/").status == 200
    assert "Put down what you hold." in visitor.locator("main").inner_text()
    assert visitor.get_by_role("link", name="A hello and a goodbye").count() == 1


def mend_it(editor, visitor):
    """The Editor changes a word and the address, compares, and goes back to the old word."""
    editor.locator("#id_body").fill(BODY.replace("their name", "hello"))
    editor.get_by_label("Slug").fill("the-first-minute")
    press(editor, "Save: readers see it at once")
    assert visitor.goto("/articles/the-first-minute/").status == 200
    assert "Say hello, and wait" in visitor.locator("main").inner_text()
    follow(editor, "History")
    picture(editor, "history")
    assert editor.locator("#change-history tbody tr").count() == 5
    with editor.expect_navigation():
        editor.get_by_role("button", name="Compare the two chosen").click()
    changed = editor.locator(".difference")
    assert changed.locator("del").all_inner_texts() == ["the-minute-after-the-door", "their name"]
    assert changed.locator("ins").all_inner_texts() == ["the-first-minute", "hello"]
    picture(editor, "compare")
    with editor.expect_navigation():
        editor.get_by_role("link", name=re.compile("^Go back to")).click()
    assert "Nothing has been changed yet" in said(editor)[0]
    editor.get_by_label("Slug").fill("the-first-minute")
    press(editor, "Save: readers see it at once")
    article = Article.objects.get()
    assert (article.slug, article.body.replace("\r\n", "\n")) == ("the-first-minute", BODY)
    visitor.goto("/articles/the-first-minute/")
    assert "Say their name, and wait" in visitor.locator("main").inner_text()


def delete_it_and_bring_it_back(editor):
    with editor.expect_navigation():
        editor.get_by_role("link", name="Delete").click()
    with editor.expect_navigation():
        editor.get_by_role("button", name="Yes, I’m sure").click()
    assert not Article.objects.exists()
    follow(editor, "Recover deleted articles")
    picture(editor, "recover")
    follow(editor, "The minute after the door")
    press(editor, "Save draft")
    assert Article.objects.get().state == "draft"


def test_an_article_goes_from_a_writer_over_an_editor_to_readers(sign_in, people):
    make_exercise(title="A hello and a goodbye", slug="a-hello-and-a-goodbye")
    writer, editor, visitor = sign_in("will"), sign_in("edith"), sign_in("nobody")
    visitor.context.clear_cookies()
    sign_in.expect("404")

    write_it(writer)
    link = writer.get_by_role("link", name="Open the preview").get_attribute("href")
    assert visitor.goto(link).status == 200
    assert "This is a preview" in visitor.locator("main").inner_text()
    assert visitor.goto("/articles/the-minute-after-the-door/").status == 404

    publish_it(editor, visitor)
    writer.reload()
    assert choices(writer) == []
    assert "only Editors change what readers see" in writer.locator("#content").inner_text()

    mend_it(editor, visitor)
    delete_it_and_bring_it_back(editor)


def test_words_survive_a_lost_connection_and_a_closed_window(sign_in, people):
    article = make_article(state="draft", body="Old words.")
    page = sign_in("will")
    address = f"/admin/articles/article/{article.pk}/change/"
    page.goto(address)
    sign_in.expect("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.locator("#id_body").fill("New words, written in a tunnel.")
    status = page.locator(".draft-status")
    status.get_by_text("The preview cannot reach the site.").wait_for()
    page.close()

    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(address)
    assert again.locator("#id_body").input_value() == "Old words."
    offer = again.get_by_role("status").filter(has_text="words that were not saved")
    offer.wait_for()
    picture(again, "unsaved")
    offer.get_by_role("button", name="Put them into the form").click()
    press(again, "Save draft")

    assert Article.objects.get().body == "New words, written in a tunnel."
    again.reload()
    assert again.locator("#id_body").input_value() == "New words, written in a tunnel."
    assert again.get_by_text("words that were not saved").count() == 0
    assert (
        again.evaluate("Object.keys(localStorage).filter(k => k.startsWith('stale-love/'))") == []
    )


def test_words_survive_a_session_that_has_ended(sign_in, people):
    article = make_article(state="draft", body="Old words.")
    page = sign_in("will")
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    page.locator("#id_body").fill("New words, after a long lunch.")
    page.context.clear_cookies()
    sign_in.expect("403")
    button(page, "Save draft").click()
    page.wait_for_load_state()
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    page.get_by_label("Username").fill("will")
    page.get_by_label("Password").fill("a quiet word")
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()

    page.get_by_role("button", name="Put them into the form").click()
    press(page, "Save draft")

    assert Article.objects.get().body == "New words, after a long lunch."


def test_two_people_at_one_article_see_each_other_and_lose_nothing(sign_in, people):
    article = make_article(title="One evening", state="in_review", body="They came home late.")
    address = f"/admin/articles/article/{article.pk}/change/"
    writer, editor = sign_in("will"), sign_in("edith")
    with writer.expect_response(re.compile("/present/")):
        writer.goto(address)
    editor.goto(address)
    editor.locator("[data-others]").wait_for()
    assert "Will has this open as well." in editor.locator("[data-others]").inner_text()
    editor.locator("#id_body").fill("They came home at nine.")
    press(editor, "Save")

    writer.locator("#id_body").fill("They came home early.")
    press(writer, "Save")

    assert "was saved by somebody else" in writer.locator(".errorlist").first.inner_text()
    conflict = writer.locator(".conflict")
    assert "Edith" in conflict.inner_text()
    assert conflict.locator(".difference del").all_inner_texts() == ["at nine"]
    assert conflict.locator(".difference ins").all_inner_texts() == ["early"]
    assert writer.locator("#id_body").input_value() == "They came home early."
    picture(writer, "conflict")
    assert Article.objects.get().body == "They came home at nine."
    press(writer, "Save")
    assert Article.objects.get().body == "They came home early."


def test_a_picture_goes_from_the_toolbar_into_the_text(sign_in, people):
    page = sign_in("will")
    page.goto("/admin/articles/article/add/")
    page.get_by_label("Title").fill("Tea")
    page.get_by_label("Warmth").check()
    write(page, "#id_body", "Put the kettle on.")
    button(page, "Picture").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Picture file").set_input_files(
        {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    )
    dialog.get_by_label("What it shows").fill("A kettle on the hob")
    sign_in.expect("400")
    dialog.get_by_role("button", name="Add and put into the text").click()
    dialog.get_by_text("SVG files can carry programs").wait_for()
    dialog.get_by_label("Picture file").set_input_files(hob())
    picture(page, "picture")
    dialog.get_by_role("button", name="Add and put into the text").click()

    shown = page.locator(".markdown-page img").first
    shown.wait_for()
    assert shown.get_attribute("alt") == "A kettle on the hob"
    page.wait_for_function("() => document.querySelector('.markdown-page img').naturalWidth > 0")
    assert page.locator("#id_body").input_value() == (
        "Put the kettle on.\n\n![A kettle on the hob](image:kettle)\n\n"
    )
    button(page, "Picture").click()
    dialog.get_by_role("button", name="A kettle on the hob").wait_for()
    dialog.get_by_role("button", name="Close").click()
    press(page, "Save draft")
    assert Article.objects.get().images == ["kettle"]
    page.goto("/admin/articles/image/")
    picture(page, "pictures")
    assert Image.objects.get().credit == ""


def test_the_toolbar_marks_words_and_each_step_can_be_undone(sign_in, people):
    page = sign_in("will")
    page.goto("/admin/articles/article/add/")
    area = page.locator("#id_body")
    write(page, "#id_body", "Look up")
    expected = [
        ("Bold", "**Look up**"),
        ("Bold", "Look up"),
        ("Italic", "*Look up*"),
        ("Italic", "Look up"),
        ("Heading", "## Look up"),
        ("Subheading", "### Look up"),
        ("List", "- Look up"),
        ("Quote", "> Look up"),
        ("Quote", "Look up"),
    ]
    area.press("Control+a")
    for name, text in expected:
        button(page, name).click()
        assert area.input_value() == text
        if not text.startswith(("**", "*L")):
            area.press("Control+a")
    for _ in expected:
        area.press("Control+z")
    assert area.input_value() == "Look up"

    area.press("Control+End")
    button(page, "Footnote").click()
    page.keyboard.insert_text("Ada Field (2020).")
    assert area.input_value() == "Look up[^1]\n\n[^1]: Ada Field (2020)."


def test_a_link_is_found_by_its_name_or_pasted(sign_in, people):
    make_article(title="How to listen", slug="how-to-listen")
    page = sign_in("will")
    page.goto("/admin/articles/article/add/")
    area = page.locator("#id_body")
    write(page, "#id_body", "Try this tonight.")
    for _ in range(" tonight.".count("") - 1):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Find a page").fill("LISTEN")
    dialog.get_by_role("button", name="How to listen Article").wait_for()
    assert dialog.get_by_role("button", name="Link to this address").is_disabled()
    picture(page, "link")
    page.keyboard.press("Enter")

    assert area.input_value() == "Try [this](/articles/how-to-listen/) tonight."
    page.keyboard.press("Control+z")
    assert area.input_value() == "Try this tonight."
    page.keyboard.press("Control+End")
    button(page, "Link").click()
    dialog.get_by_label("Find a page").fill("https://example.org/a_(b)")
    page.keyboard.press("Enter")
    assert area.input_value() == "Try this tonight.[words](https://example.org/a_%28b%29)"


def test_enter_goes_on_with_a_list_and_ends_it_when_it_is_empty(sign_in, people):
    page = sign_in("will")
    page.goto("/admin/articles/article/add/")
    area = page.locator("#id_body")
    area.press_sequentially("- One\nTwo\n\nAnd then\n9. Nine\nTen")

    assert area.input_value() == "- One\n- Two\n\nAnd then\n9. Nine\n10. Ten"


def test_a_file_dropped_into_the_text_asks_what_it_shows_and_ctrl_s_saves(sign_in, people):
    page = sign_in("will")
    page.goto("/admin/articles/article/add/")
    page.get_by_label("Title").fill("Tea")
    page.get_by_label("Warmth").check()
    write(page, "#id_body", "Put the kettle on.")
    data = base64.b64encode(hob()["buffer"]).decode()
    page.evaluate(
        """(data) => {
          const transfer = new DataTransfer();
          const raw = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
          transfer.items.add(new File([raw], "kettle.jpg", { type: "image/jpeg" }));
          const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
          document.querySelector("#id_body").dispatchEvent(new DragEvent("drop", options));
        }""",
        data,
    )
    dialog = page.get_by_role("dialog")
    page.keyboard.insert_text("A kettle")
    assert dialog.get_by_label("What it shows").input_value() == "A kettle"
    dialog.get_by_role("button", name="Add and put into the text").click()
    page.locator(".markdown-page img").first.wait_for()

    with page.expect_navigation():
        page.locator("#id_body").press("Control+s")

    assert said(page) == ["Saved."]
    assert Article.objects.get().body.startswith(
        "Put the kettle on.\r\n\r\n![A kettle](image:kettle)"
    )


def test_several_are_published_at_once_after_a_second_look(sign_in, people):
    for number in range(2):
        make_article(title=f"Evening {number}", state="in_review")
    page = sign_in("edith")
    page.goto("/admin/articles/article/?stage=in_review")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Publish now")
    press(page, "Go")
    assert page.locator(".chosen li").count() == 2
    picture(page, "several")
    press(page, "Publish now")

    assert said(page) == ["2 articles. Published."]
    assert Article.objects.published().count() == 2


def test_writing_works_without_javascript(sign_in, people):
    page = sign_in("will", javascript=False)
    page.goto("/admin/articles/article/add/")
    page.get_by_label("Title").fill("By hand")
    page.get_by_label("Slug").fill("by-hand")
    page.get_by_label("Repair").check()
    page.locator("#id_body").fill("## Plainly\n\nWords.")
    with page.expect_popup() as popup:
        button(page, "Preview").click()
    popup.value.wait_for_load_state()
    assert popup.value.get_by_role("heading", name="Plainly").count() == 1

    press(page, "Submit for review")

    assert said(page) == ["Submitted for review."]
    assert Article.objects.get().state == "in_review"


def test_the_form_fits_a_phone(sign_in, people):
    article = make_article(state="draft")
    page = sign_in("will", viewport=PHONE)
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    page.locator(".markdown-page p").first.wait_for()

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
