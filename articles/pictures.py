"""An editor's picture file, checked and written anew: WebP in several widths, nothing but its pixels.

What a camera adds (place, time, its owner's name, a thumbnail of what was cropped away) is not
copied. It knows Pillow and no model.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext
from PIL import Image, ImageCms, ImageOps

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000  # what a telephone of today makes at most; 200 MB while it is being read
LEAST_WIDTH = 320
WIDTHS = (480, 960, 1600)
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80


class PictureError(ValueError):
    """A file that cannot be taken; str() is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Copy:
    """The picture in one width, as a WebP file."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Copies:
    """Ascending widths; `digest` (32 hexadecimal digits) is the same for the same pixels."""

    digest: str
    copies: tuple[Copy, ...]


def make_copies(data: bytes) -> Copies:
    """The file's picture in up to three widths, none wider than it is. Raises PictureError."""
    if len(data) > MOST_BYTES:
        raise PictureError(
            gettext("This file has %(megabytes)d MB; the most is %(most)d. Save it smaller first.")
            % {"megabytes": -(-len(data) // 1024**2), "most": MOST_BYTES // 1024**2}
        )
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype", b"<!--")):
        raise PictureError(
            gettext("SVG files can carry programs and are not taken. Export it as PNG.")
        )
    with _sentences():
        picture = _pixels(data)
        copies = tuple(
            _copy(picture, width)
            for width in sorted({min(width, picture.width) for width in WIDTHS})
        )
    return Copies(digest_of(copies[-1].data), copies)


def digest_of(data: bytes) -> str:
    """32 hexadecimal digits by which a picture is known: those of its largest copy."""
    return hashlib.sha256(data).hexdigest()[:32]


def check_copy(data: bytes, width: int, height: int) -> None:
    """Raises PictureError unless this is a still WebP file of this size, and can be read whole."""
    with _sentences():
        picture = Image.open(io.BytesIO(data), formats=("WEBP",))
        if picture.size != (width, height):
            raise PictureError(
                gettext("This picture has %(has)s pixels and not %(wanted)s.")
                % {
                    "has": "{} × {}".format(*picture.size),
                    "wanted": f"{width} × {height}",
                }
            )
        picture.load()


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Pillow's many ways of refusing a file, as one."""
    unreadable = gettext("This file cannot be read as a picture. Take a JPEG, PNG or WebP file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_too_large()) from error
    except (OSError, ValueError, SyntaxError, IndexError, TypeError, EOFError) as error:
        raise PictureError(unreadable) from error


def _too_large() -> str:
    return gettext(
        "This picture has too many pixels; the most is %(most)d million. Save it smaller first."
    ) % {"most": MOST_PIXELS // 1_000_000}


def _pixels(data: bytes) -> Image.Image:
    """The picture upright, in sRGB, with an alpha channel only where it needs one."""
    picture = Image.open(io.BytesIO(data), formats=FORMATS)
    if (
        picture.width * picture.height > MOST_PIXELS
    ):  # known from the header, before it is unpacked
        raise PictureError(_too_large())
    if picture.width < LEAST_WIDTH:
        raise PictureError(
            gettext("This picture is %(width)d pixels wide; it needs at least %(least)d.")
            % {"width": picture.width, "least": LEAST_WIDTH}
        )
    if getattr(picture, "n_frames", 1) > 1:
        raise PictureError(gettext("This picture moves. Take a still one."))
    # A JPEG can be unpacked at a half or a quarter of its size; twice the widest copy is enough.
    picture.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 2))
    picture.load()
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    plain = upright.convert(mode) if upright.mode != mode else upright
    if profile:
        plain = _in_srgb(plain, profile)
    # A new image: whatever a writer copies of its own accord (ICC, comments) has nowhere to come from.
    clean = Image.new(mode, plain.size)
    clean.paste(plain)
    return clean


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture  # a profile for other channels, or a broken one: the colors as they stand


def _copy(picture: Image.Image, width: int) -> Copy:
    height = max(1, round(picture.height * width / picture.width))
    resized = (
        picture
        if width == picture.width
        else picture.resize((width, height), Image.Resampling.LANCZOS)
    )
    file = io.BytesIO()
    resized.save(file, "WEBP", quality=QUALITY, method=4)
    return Copy(resized.width, resized.height, file.getvalue())
