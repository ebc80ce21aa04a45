"""The floor that everything is compared with: a Django of one file, without middleware.

`FLOOR_PAGE` names a file whose bytes it returns from memory; `FLOOR_DATABASE` the database in which a
POST inserts one row through the ORM.
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
from django.conf import settings

settings.configure(
    SECRET_KEY="floor" * 12,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    DATABASES={
        "default": dj_database_url.parse(
            os.environ["FLOOR_DATABASE"], conn_max_age=600, conn_health_checks=True
        )
    },
    LOGGING_CONFIG=None,
)

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect  # noqa: E402
from django.template import Context, Engine  # noqa: E402
from django.urls import path  # noqa: E402

TABLE = """
    CREATE TABLE floor_row (id bigserial PRIMARY KEY, title text NOT NULL, made date NOT NULL);
    INSERT INTO floor_row (title, made) SELECT 'Row ' || n, now() FROM generate_series(1, 10) n
"""
PAGE = Path(os.environ["FLOOR_PAGE"]).read_bytes()
SMALL = Engine().from_string("<h1>{{ row.title }}</h1><p>{{ row.made }}</p>")
LIST = Engine().from_string("{% for row in rows %}<h2>{{ row.title }}</h2>{% endfor %}")


class Row(models.Model):
    title = models.TextField()
    made = models.DateField(auto_now_add=True)

    class Meta:
        app_label = "floor"
        db_table = "floor_row"

    def __str__(self) -> str:
        return self.title


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def one(request: HttpRequest) -> HttpResponse:
    return HttpResponse(SMALL.render(Context({"row": Row.objects.get(pk=1)})))


def ten(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LIST.render(Context({"rows": Row.objects.order_by("pk")[:10]})))


def insert(request: HttpRequest) -> HttpResponse:
    Row.objects.create(title=request.POST["title"])
    return HttpResponseRedirect("/page")


urlpatterns = [
    path("page", page),
    path("one", one),
    path("ten", ten),
    path("insert", insert),
]
