"""The queries that readers cause most, among 100,000 articles and 100,000 checkups: none reads a whole
table that grows.

`PLANS=docs/plans.md pytest tests/test_plans.py` writes the plans down (with times, on that machine).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from quiz.models import Checkup, Edition
from stalelove import content_version
from stalelove.categories import Category

GROWING = {
    "articles_article",
    "articles_formeraddress",
    "exercises_exercise_articles",
    "quiz_checkup",
    "stalelove_passage",
    "stalelove_searchword",
}
FILL = """
    ALTER TABLE articles_article DISABLE TRIGGER articles_article_gather_words;
    INSERT INTO articles_article (slug, title, standfirst, body, search_text, publish_at, categories,
        extended, research, byline, reviewed_by, featured, description, share_image_alt, state,
        created_at, updated_at, body_html, extended_html, research_html, contents, words,
        extended_words, images)
    SELECT 'number-' || n, 'Number ' || n, 'It is number ' || n, 'x', 'words ' || n,
        now() - n * interval '1 minute',
        ARRAY[(ARRAY['attention', 'curiosity', 'repair', 'warmth'])[1 + n % 4]],
        '', '', '', '', n % 1000 = 0, '', '', CASE WHEN n % 10 = 0 THEN 'draft' ELSE 'published' END,
        now(), now(), '<p>x</p>', '', '', '[]', 100, 0, '{}'
    FROM generate_series(1, 100000) n;
    INSERT INTO articles_formeraddress (slug, article_id)
    SELECT 'formerly-' || slug, id FROM articles_article;
    INSERT INTO exercises_exercise_articles (exercise_id, article_id)
    SELECT (SELECT min(id) FROM exercises_exercise) + id % 16, id FROM articles_article
    WHERE id % 20 = 0 ON CONFLICT DO NOTHING;
    INSERT INTO quiz_checkup (token_hash, edition_id, answers, attention, curiosity, repair, warmth,
        started_on, finished_on)
    SELECT sha256(n::text::bytea), (SELECT max(id) FROM quiz_edition), array_fill(2, ARRAY[24]),
        50, 50, 50, 50, current_date - n % 300, current_date - n % 300
    FROM generate_series(1, 100000) n;
    ALTER TABLE articles_article ENABLE TRIGGER articles_article_gather_words;
    INSERT INTO stalelove_searchword
    SELECT DISTINCT left(translate(md5(n::text), '0123456789', 'ghijklmnop'), 5 + n % 8)
    FROM generate_series(1, 30000) n ON CONFLICT DO NOTHING
"""


def scans(plan: dict) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


class Explained:
    """Every SELECT, UPDATE and DELETE on the way is explained as well."""

    def __init__(self) -> None:
        self.plans: list[tuple[str, str, dict, str]] = []
        self.page = ""

    def __call__(self, execute, sql, params, many, context):
        if sql.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE", "(SELECT") and not many:
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
                [(plan,)] = cursor.fetchall()
                cursor.execute("EXPLAIN (COSTS OFF) " + sql, params)
                text = "\n".join(line for (line,) in cursor.fetchall())
            whole = plan if isinstance(plan, list) else json.loads(plan)
            self.plans.append((self.page, sql, whole[0]["Plan"], text))
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_no_hot_query_reads_a_whole_table_that_grows():
    call_command("load_starter", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        # As autovacuum leaves it; what can be counted in an index alone is known by this.
        cursor.execute("VACUUM ANALYZE")
    edition = Edition.objects.current()
    _begun, token = Checkup.start(edition)
    finished, finished_token = Checkup.start(edition)
    for category in Category:
        finished.save_page(category, {})
    sent = {item.key: "2" for item in edition.definition().items_in(Category.ATTENTION)}
    sent["edition"] = str(edition.number)
    client, explained = Client(), Explained()
    with connection.execute_wrapper(explained):
        for page in (
            "/",
            "/articles/",
            "/articles/?page=2",
            "/articles/number-7/",
            "/articles/formerly-number-7/",
            "/topics/repair/",
            "/exercises/",
            "/exercises/the-repair-script/",
            "/search/?q=words",
            "/search/?q=wrods",
            "/feed.atom",
            f"/checkup/{token}/attention/",
            f"/snapshot/{finished_token}/",
        ):
            explained.page = page.replace(token, "…").replace(finished_token, "…")
            assert client.get(page).status_code in (200, 301), page
        explained.page = "POST /checkup/…/attention/"
        assert client.post(f"/checkup/{token}/attention/", sent).status_code == 302
        explained.page = "which content there is (once a second)"
        content_version.read()

    # Each of them asks something. (How much depends on what the process has read before.)
    assert len({page for page, *_rest in explained.plans}) == 15
    whole = {
        (page, table)
        for page, _sql, plan, _text in explained.plans
        for table in scans(plan)
        if table in GROWING
    }
    assert whole == set()
    if path := os.environ.get("PLANS"):
        write_down(Path(path), explained)


def write_down(path: Path, explained: Explained) -> None:
    parts = [
        "# Plans\n\nOf the queries that readers cause most, among 100,000 articles and 100,000 checkups. "
        "Written by `PLANS=docs/plans.md pytest tests/test_plans.py`, which also fails where one of them "
        "reads a whole table that grows.\n"
    ]
    for page in dict.fromkeys(page for page, *_rest in explained.plans):
        parts.append(f"## {page}\n")
        for other, sql, _plan, text in explained.plans:
            if other == page:
                first = " ".join(sql.split()[:1])
                table = sql.split(" FROM ")[1].split()[0] if " FROM " in sql else sql.split()[1]
                parts.append(f"{first} {table}\n\n```\n{text[:3000]}\n```\n")
    path.write_text("\n".join(parts))


def test_a_whole_table_would_be_noticed(starter):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT * FROM articles_article WHERE byline = 'x'")
        [(plan,)] = cursor.fetchall()

    whole = plan if isinstance(plan, list) else json.loads(plan)
    assert list(scans(whole[0]["Plan"])) == ["articles_article"]
