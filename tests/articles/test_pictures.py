"""Pictures: what is taken and what is not, the library, and how a text shows them."""

import io
import re
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from PIL import ImageCms

from articles.documents import Images
from articles.models import Article, Image, Page
from articles.pictures import MOST_BYTES, PictureError, make_copies
from articles.rendering import Picture, render, render_line
from tests.builders import make_article, make_person, picture_file
from tests.forms import filled
from tests.markup import complaints

ADMIN = "/admin/articles/image/"


@pytest.fixture(autouse=True)
def media(settings):
    """A media storage of the test's own, in memory."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


def add(alt="A kettle", name="kettle.jpg", **options):
    return Image.add(make_copies(picture_file(**options)), file_name=name, alt=alt)


def upload(name="kettle.jpg", data=None, **options):
    return SimpleUploadedFile(name, picture_file(**options) if data is None else data)


# Files


def test_a_photograph_becomes_three_webp_files_without_what_the_camera_wrote():
    exif = Pillow.Exif()
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)  # GPS latitude
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture_file(exif=exif, comment=b"private", icc_profile=profile)
    assert all(words in data for words in (b"Camera maker", b"private", profile))

    copies = make_copies(data).copies

    assert [(copy.width, copy.height) for copy in copies] == [(480, 320), (960, 640), (1600, 1067)]
    for copy in copies:
        assert (copy.data[:4], copy.data[8:12]) == (b"RIFF", b"WEBP")
        assert not re.search(b"EXIF|XMP |ICCP|Camera|private", copy.data)
        opened = Pillow.open(io.BytesIO(copy.data))
        assert (opened.format, opened.size) == ("WEBP", (copy.width, copy.height))
        assert dict(opened.getexif()) == {}


def test_a_picture_is_turned_upright_before_its_turn_is_forgotten():
    exif = Pillow.Exif()
    exif[0x0112] = 6  # lies on its side

    copies = make_copies(picture_file(1200, 800, exif=exif)).copies

    assert [(copy.width, copy.height) for copy in copies] == [(480, 720), (800, 1200)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("width", "widths"), [(320, [320]), (480, [480]), (1000, [480, 960, 1000])]
)
def test_no_copy_is_wider_than_the_picture(kind, width, widths):
    copies = make_copies(picture_file(width, 400, kind)).copies

    assert [copy.width for copy in copies] == widths


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "1", "P", "I;16"])
def test_every_mode_of_a_png_is_read(mode):
    color = {"RGBA": (0, 0, 0, 0), "LA": (0, 0)}.get(mode, 0)

    copies = make_copies(picture_file(400, 300, "PNG", mode, color)).copies

    opened = Pillow.open(io.BytesIO(copies[-1].data))
    assert opened.has_transparency_data == (mode in ("RGBA", "LA"))


def test_the_same_picture_has_the_same_digest_and_another_one_another():
    assert make_copies(picture_file()).digest == make_copies(picture_file()).digest
    assert make_copies(picture_file()).digest != make_copies(picture_file(color="red")).digest


def png_of(width, height):
    """A PNG that says it is this large and holds next to nothing."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def moving():
    file = io.BytesIO()
    frames = [Pillow.new("RGB", (400, 300), color) for color in ("red", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


UNREADABLE = "This file cannot be read as a picture. Take a JPEG, PNG or WebP file."
TOO_LARGE = "This picture has too many pixels; the most is 50 million. Save it smaller first."
SVG = "SVG files can carry programs and are not taken. Export it as PNG."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", UNREADABLE),
        (b"hello", UNREADABLE),
        (b"%PDF-1.7", UNREADABLE),
        (picture_file(kind="GIF", mode="P", color=0), UNREADABLE),
        (picture_file(kind="TIFF"), UNREADABLE),
        (picture_file()[:2000], UNREADABLE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", SVG),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", SVG),
        (b"<!DOCTYPE svg><svg onload='alert(1)'/>", SVG),
        (b"\0" * (MOST_BYTES + 1), "This file has 16 MB; the most is 15. Save it smaller first."),
        (png_of(10_000, 5_001), TOO_LARGE),
        (png_of(60_000, 60_000), TOO_LARGE),  # beyond what Pillow itself opens
        (png_of(400, 300)[:60], UNREADABLE),
        (picture_file(319), "This picture is 319 pixels wide; it needs at least 320."),
        (moving(), "This picture moves. Take a still one."),
    ],
)
def test_what_is_no_picture_or_too_much_of_one_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(PictureError, match=re.escape(sentence)):
        make_copies(data)


# The library


def test_a_picture_is_kept_in_the_storage_and_served_for_good(client, db):
    image = add()

    assert image.sizes == [[480, 320], [960, 640], [1600, 1067]]
    for path, (width, _) in zip(image.paths, image.sizes, strict=True):
        response = client.get(f"/media/{path}")
        assert response["Content-Type"] == "image/webp"
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.cookies == {}
        data = b"".join(response.streaming_content)
        assert Pillow.open(io.BytesIO(data)).width == width
        response.close()


@pytest.mark.parametrize(
    "address",
    [
        f"/media/images/{'0' * 32}-480.webp",
        "/media/images/../../settings-480.webp",
        f"/media/images/{'0' * 32}-99999999999999999999.webp",
        "/media/images/%00-480.webp",
    ],
)
def test_a_file_that_is_not_there_is_a_404(client, db, address):
    assert client.get(address).status_code == 404


def test_no_disk_is_asked_for_a_name_that_none_can_have(client, db, settings, tmp_path):
    (tmp_path / "images").mkdir()  # a folder that is missing would be found missing first
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    assert client.get(f"/media/images/{'0' * 32}-{'9' * 300}.webp").status_code == 404


def test_the_same_picture_twice_is_one_picture(db):
    first, second = add(alt="A kettle"), add(alt="Another word", name="other.jpg")

    assert second == first
    assert Image.objects.get().alt == "A kettle"


def test_names_come_from_the_file_and_are_never_given_twice(db):
    names = ["My Kettle_1.JPG", "my-kettle-1.png", "我.png", "...", "x" * 300]
    colors = ["red", "blue", "green", "black", "white"]

    given = [add(name=n, color=c).name for n, c in zip(names, colors, strict=True)]

    assert given == ["my-kettle-1", "my-kettle-1-2", "picture", "picture-2", "x" * 40]


def test_a_picture_that_goes_takes_its_files_along(db, django_capture_on_commit_callbacks):
    image = add()
    paths = image.paths
    assert all(map(default_storage.exists, paths))

    with django_capture_on_commit_callbacks(execute=True):
        image.discard()

    assert not any(map(default_storage.exists, paths))


def test_the_library_goes_to_a_file_and_back(db):
    image = add(alt="A kettle: “on”")
    kind = Images()
    record = kind.one(image.name)
    image.delete()

    kind.write("kettle", record)

    again = Image.objects.get()
    assert (again.name, again.alt, again.digest, again.sizes) == (
        *("kettle", "A kettle: “on”", image.digest, image.sizes),
    )


# In texts

KETTLE = Picture(
    "A kettle", "Photo: Ada", (("/media/a-480.webp", 480, 320), ("/media/a-960.webp", 960, 640))
)
IMG = (
    '<img src="/media/a-960.webp" srcset="/media/a-480.webp 480w, /media/a-960.webp 960w" '
    'sizes="(min-width: 44rem) 40rem, 100vw" width="960" height="640" loading="lazy" '
    'decoding="async" alt="{}">'
)


def shown(markdown):
    return render(markdown, pictures=lambda names: {"kettle": KETTLE})


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            "![](image:kettle)",
            f"<figure>{IMG.format('A kettle')}<figcaption>Photo: Ada</figcaption></figure>",
        ),
        (
            '![On the *hob*](image:kettle "At six")',
            f"<figure>{IMG.format('On the hob')}<figcaption>At six · Photo: Ada</figcaption></figure>",
        ),
        ("A ![x](image:kettle) b", f"<p>A {IMG.format('x')} b</p>"),
        ("![x](image:other)", ""),
        ("![x](https://example.org/a.png)", "<p></p>"),
        ("![x](/media/a.png)", "<p></p>"),
        ("![x](image:../etc)", "<p></p>"),
        (
            '![" onload=alert(1) <b>](image:kettle "<script>")',
            f"<figure>{IMG.format('“ onload=alert(1) &lt;b&gt;')}"
            "<figcaption>&lt;script&gt; · Photo: Ada</figcaption></figure>",
        ),
    ],
)
def test_a_picture_in_a_text(markdown, html):
    assert shown(markdown).html.replace("&quot;", "“") == html


def test_a_text_says_which_pictures_it_uses_and_which_come_from_elsewhere():
    rendered = shown(
        "![](image:kettle)\n\n![](image:gone)\n\n![](image:kettle)\n\n![](//x.org/a.png)"
    )

    assert rendered.pictures == ("kettle", "gone")
    assert rendered.foreign_pictures == ("//x.org/a.png",)


def test_words_of_a_picture_are_not_counted_as_read_but_its_caption_is():
    assert shown('Two words.\n\n![alt of four words](image:kettle "Caption")').words == 5


def test_a_short_text_shows_no_picture():
    assert render_line("Put ![x](image:kettle) on.") == "Put  on."


def test_a_mark_that_somebody_types_is_only_text():
    assert shown("[0123456789abcdef-0] ![](image:kettle)").html.startswith(
        "<p>[0123456789abcdef-0]"
    )


def test_an_article_shows_its_picture_and_the_page_is_valid(client, db):
    add()
    article = make_article(body="Look.\n\n![On the hob](image:kettle)\n\nListen.")

    html = client.get(article.get_absolute_url()).content.decode()

    assert complaints(html) == []
    assert 'alt="On the hob"' in html
    assert "-480.webp 480w" in html
    assert (article.images, Article.objects.get().images) == (["kettle"], ["kettle"])


# The admin


def test_a_picture_is_added_in_the_admin(client, editor):
    response = client.post(f"{ADMIN}add/", {"file": upload(), "alt": "A kettle", "credit": "Ada"})

    assert response.status_code == 302
    image = Image.objects.get()
    assert (image.name, image.alt, image.credit) == ("kettle", "A kettle", "Ada")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"alt": "A kettle"}, "Choose a picture file."),
        (
            {"file": ("kettle.jpg", None)},
            "Say what the picture shows, for somebody who cannot see it.",
        ),
        ({"file": ("kettle.svg", b"<svg/>"), "alt": "x"}, SVG),
        ({"file": ("kettle.jpg", b""), "alt": "x"}, UNREADABLE),
    ],
)
def test_a_picture_that_cannot_be_taken_is_refused_in_both_places(client, editor, data, sentence):
    for address in (f"{ADMIN}add/", f"{ADMIN}upload/"):
        fields = {k: upload(*v) if k == "file" else v for k, v in data.items()}
        response = client.post(address, fields)
        if address.endswith("upload/"):
            assert (response.status_code, response.json()) == (400, {"error": sentence})
        else:
            assert sentence in response.content.decode().replace("&#x27;", "'")
    assert not Image.objects.exists()


def test_the_words_of_a_picture_are_found_with_either_apostrophe(client, editor):
    client.post(f"{ADMIN}upload/", {"file": upload(), "alt": "Grandmother's kettle"})

    assert Image.objects.get().alt == "Grandmother’s kettle"
    for words in ("grandmother's", "grandmother’s"):
        found = client.get(f"{ADMIN}choose/", {"q": words}).json()["pictures"]
        assert [picture["name"] for picture in found] == ["kettle"], words


def test_the_picker_finds_and_adds_pictures(client, editor):
    client.post(f"{ADMIN}upload/", {"file": upload(), "alt": "A [red] kettle"})
    add(name="door.jpg", alt="A door", color="red")

    found = client.get(f"{ADMIN}choose/", {"q": "KETTLE"}).json()["pictures"]
    everything = client.get(f"{ADMIN}choose/").json()["pictures"]

    assert [picture["name"] for picture in everything] == ["door", "kettle"]
    (kettle,) = found
    assert kettle["markdown"] == r"![A \[red\] kettle](image:kettle)"
    assert (
        'alt="A [red] kettle"'
        in render(kettle["markdown"], pictures=lambda names: {"kettle": KETTLE}).html
    )
    assert client.get(kettle["thumbnail"]).status_code == 200
    assert client.get(f"{ADMIN}choose/", {"q": "a\0"}).status_code == 400


def test_new_words_of_a_picture_reach_the_texts_that_show_it(client, editor):
    image = add()
    article = make_article(body="![](image:kettle)")
    page = Page.objects.create(slug="about", title="About", body="![](image:kettle)")
    saved = article.updated_at

    address = f"{ADMIN}{image.pk}/change/"
    client.post(address, filled(client.get(address), alt="A blue kettle", credit="Ada"))

    for row in (Article.objects.get(), Page.objects.get(pk=page.pk)):
        assert 'alt="A blue kettle"' in row.body_html
        assert "<figcaption>Ada</figcaption>" in row.body_html
    assert Article.objects.get().updated_at == saved


def test_unused_pictures_are_listed_and_only_they_can_go(client, editor):
    used, unused = add(), add(name="door.jpg", color="red")
    make_article(title="Tea", body="![](image:kettle)")

    listed = client.get(ADMIN, {"use": "no"}).context["cl"].queryset
    assert list(listed) == [unused]
    assert list(client.get(ADMIN, {"use": "yes"}).context["cl"].queryset) == [used]

    refused = client.post(f"{ADMIN}{used.pk}/delete/", {"post": "yes"})
    assert "“kettle” is shown in “Tea”" in refused.content.decode()
    client.post(
        ADMIN,
        {
            "action": "delete_selected",
            "_selected_action": [used.pk, unused.pk],
            "post": "yes",
        },
    )
    assert Image.objects.count() == 2
    client.post(f"{ADMIN}{unused.pk}/delete/", {"post": "yes"})
    assert list(Image.objects.all()) == [used]


def test_a_text_that_names_no_picture_of_the_library_is_refused_with_a_sentence(client, editor):
    add()
    article = make_article(state="draft")
    address = f"/admin/articles/article/{article.pk}/change/"
    body = "![](image:kettle) ![](image:gone) ![x](https://example.org/a.png)"

    response = client.post(address, filled(client.get(address), body=body))

    assert response.context["adminform"].form.errors["body"] == [
        "There is no picture “gone” in the library. Choose one with “Picture”.",
        "“https://example.org/a.png” would load a picture from elsewhere. "
        "Put it into the library with “Picture”, and use that.",
    ]


def test_a_writer_adds_pictures_and_takes_none_out(client, db):
    client.force_login(make_person("Will", group="Writers"))
    image = add()

    assert (
        client.post(f"{ADMIN}upload/", {"file": upload(color="red"), "alt": "x"}).status_code
        == 200
    )
    assert client.get(f"{ADMIN}{image.pk}/delete/").status_code == 403
