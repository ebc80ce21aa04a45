"""Rules for the whole site: every address, every template, every migration."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from articles.models import Article
from exercises.models import Exercise
from stalelove.categories import Category
from tests.markup import complaints

ROOT = Path(__file__).parent.parent
OWN_APPS = ("stalelove", "articles", "exercises", "quiz")
PUBLIC = [
    "/",
    "/articles/",
    "/articles/finding-your-way-back-to-each-other/",
    "/articles/when-the-phone-sits-between-you/",
    *(f"/topics/{category}/" for category in Category),
    "/exercises/",
    "/exercises/?minutes=10&who=alone",
    "/exercises/request/",
    "/exercises/the-repair-script/",
    "/exercises/the-repair-script/hold/",
    "/exercises/the-repair-script/print/",
    "/questions/",
    "/questions/print/",
    "/questions/tonight/",
    "/reading-list/",
    "/evidence/",
    "/checkup/",
    "/checkup/paper/",
    "/help/",
    "/help/us/",
    "/help/us/report/",
    "/about/",
    "/privacy/",
    "/accessibility/",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_is_valid_and_sets_no_cookie(client, starter, address):
    response = client.get(address)

    assert response.status_code == 200
    assert complaints(response.content.decode()) == []
    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("address", [a for a in PUBLIC if a.count("/") <= 2 or "topics" in a])
def test_a_public_page_is_fit_to_see_on_an_empty_database(client, db, address):
    response = client.get(address)

    assert response.status_code in (200, 404)
    assert (response.status_code == 404) == (
        address in ("/about/", "/privacy/", "/accessibility/")
    )
    assert complaints(response.content.decode()) == []


def test_every_public_page_carries_the_exit_and_the_way_to_help(client, starter):
    for address in PUBLIC:
        html = client.get(address).content.decode()
        assert html.count("data-exit") >= 1, address
        assert 'href="/help/"' in html, address


def test_an_unknown_address_is_a_404_with_a_way_back(client, starter):
    for address in (
        "/no-such-page/",
        "/articles/no-such-article/",
        "/a/b/c",
        "/%00/",
        "/articles/%00/",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        assert complaints(response.content.decode()) == []
        assert 'href="/"' in response.content.decode()


def test_a_full_site_is_shown_with_few_queries(
    client, starter, django_assert_num_queries, subtests
):
    queries = {
        "/": 3,
        "/articles/": 1,
        "/articles/when-the-phone-sits-between-you/": 1,
        "/topics/repair/": 3,
        "/exercises/": 1,
        "/exercises/?minutes=10&who=alone": 1,
        "/exercises/the-repair-script/": 4,
        "/questions/": 1,
        "/reading-list/": 1,
        "/evidence/": 1,
        "/help/us/": 2,
        "/help.json": 2,
    }
    for address, count in queries.items():
        with subtests.test(address), django_assert_num_queries(count):
            client.get(address)


def test_migrations_are_complete(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    for label in OWN_APPS:
        assert (Path(apps.get_app_config(label).path) / "migrations" / "__init__.py").exists()


@pytest.mark.parametrize(
    "module",
    [
        "stalelove.categories",
        "stalelove.demo_database",
        "articles.source_format",
        "exercises.calendar",
        "exercises.deck",
        "quiz.beginning",
        "quiz.change",
        "quiz.paper",
        "exercises.requests",
        "quiz.scoring",
        "quiz.together",
        "quiz.edition_rules",
        "quiz.picture",
        "quiz.periods",
        "quiz.reliability",
        "quiz.simulation",
        "quiz.insights_picture",
    ],
)
def test_a_pure_module_loads_no_django(module):
    code = f"import sys, {module}; print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_no_app_looks_back_up_the_house():
    allowed = {
        "articles": {"articles"},
        "exercises": {"articles", "exercises"},
        "quiz": {"articles", "exercises", "quiz"},
    }
    for app, below in allowed.items():
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            imported = set(
                re.findall(r"^\s*(?:from|import) (articles|exercises|quiz|stalelove)", text, re.M)
            )
            assert imported - below - {"stalelove"} == set(), path
            assert (
                re.findall(r"^\s*(?:from|import) stalelove(?!\.categories)", text, re.M) == []
            ), path


def test_every_template_is_used():
    templates = [
        path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.html")
    ]
    sources = [
        path.read_text()
        for folder in (*OWN_APPS, "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html")
    ]
    # Found by name: Django's error pages, the crispy template pack, and what the admin looks for.
    by_name = re.compile(r"(\d{3}(_csrf)?\.html|stalelove/.*|admin/.*)")
    unused = [
        str(path)
        for path in templates
        if not by_name.fullmatch(str(path)) and not any(f'"{path}"' in text for text in sources)
    ]
    assert unused == []


def test_html_is_marked_safe_in_one_place_only():
    for folder in OWN_APPS:
        for path in (ROOT / folder).rglob("*.py"):
            if path.name != "rendering.py":
                assert "mark_safe" not in path.read_text(), path
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape off", path.read_text()), path


@pytest.fixture
def signed_in(client, starter, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("editor"))
    return client


def test_every_list_and_every_form_of_the_admin_opens(signed_in):
    for model, model_admin in admin.site._registry.items():
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{label}_changelist") + query for query in ("", "?q=a")]
        if model_admin.has_add_permission(signed_in.get(reverse("admin:index")).wsgi_request):
            addresses.append(reverse(f"{label}_add"))
        if first := model._default_manager.first():
            addresses += [
                reverse(f"{label}_{page}", args=[first.pk]) for page in ("change", "history")
            ]
        for address in addresses:
            assert signed_in.get(address, follow=True).status_code == 200, address


def test_an_editor_can_save_an_article_in_the_admin(signed_in):
    response = signed_in.post(
        "/admin/articles/article/add/",
        {
            "title": "A quiet Sunday",
            "slug": "a-quiet-sunday",
            "standfirst": "What it is for.",
            "categories": ["warmth", "attention"],
            "body": "Stay **in**.",
            "state": "draft",
        },
    )
    assert response.status_code == 302
    article = Article.objects.get(slug="a-quiet-sunday")
    assert article.categories == ["attention", "warmth"]
    assert article.body_html == "<p>Stay <strong>in</strong>.</p>"


def test_a_row_filed_under_no_category_is_refused_with_a_sentence(signed_in):
    response = signed_in.post(
        "/admin/articles/article/add/", {"title": "A", "slug": "a", "body": "b"}
    )

    assert "Choose at least one of the four categories." in response.content.decode()
    assert not Article.objects.filter(slug="a").exists()


def test_each_category_has_an_exercise_to_lead_to(starter):
    for category in Category:
        assert Exercise.objects.published().under(category).exists()
