"""Links that show an unpublished article to somebody without an account, for seven days.

The link itself is the permission: the article's key and the time, signed with the site's SECRET_KEY.
Nothing is stored; a changed SECRET_KEY ends all of them.
"""

from __future__ import annotations

import datetime as dt

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse

from articles.models import Article

LASTS = dt.timedelta(days=7)
__all__ = ["LASTS", "BadSignature", "SignatureExpired", "article_key", "preview_address"]


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="articles.preview", sep=".")


def preview_address(article: Article) -> str:
    """The path of a link that works from now on for seven days."""
    return reverse("article_preview", args=[_signer().sign(str(article.pk))])


def article_key(token: str) -> int:
    """The primary key that a token was made for.

    Raises SignatureExpired after seven days, BadSignature for a token that this site did not sign.
    """
    return int(_signer().unsign(token, max_age=LASTS))
