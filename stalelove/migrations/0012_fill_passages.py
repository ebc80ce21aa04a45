"""For the rows that stand there already; every row saved since has its passages by the triggers.

In batches, each a transaction of its own, because a batch holds up whoever saves one of its rows: a
hundred articles take a quarter of a second. It can be stopped and run again.
"""

from django.db import migrations, transaction

BATCH = 100
SEARCHED = (
    ("article", "articles_article", "standfirst"),
    ("book", "articles_book", "authors"),
    ("exercise", "exercises_exercise", "summary"),
)
# Locked before it is read: of a row that an editor is just saving, the new text is cut.
FILL = """
WITH batch AS MATERIALIZED (
    SELECT id, {summary} || E'\\n\\n' || search_text AS searched FROM {table}
    WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE
)
SELECT max(id), count(stalelove_keep_passages(%s, id, searched)::text) FROM batch
"""


def fill(apps, schema_editor):
    for kind, table, summary in SEARCHED:
        last = 0
        while last is not None:
            with (
                transaction.atomic(schema_editor.connection.alias),
                schema_editor.connection.cursor() as cursor,
            ):
                cursor.execute(FILL.format(table=table, summary=summary), [last, BATCH, kind])
                last, _count = cursor.fetchone()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("stalelove", "0011_passages")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
