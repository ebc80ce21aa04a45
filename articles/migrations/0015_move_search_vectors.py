"""Has the vectors of the rows that stand there already computed once more, and so stored in their rows.

In batches, each a transaction of its own, because a batch holds up whoever saves one of its rows. It can
be stopped and run again.
"""

from django.db import migrations, transaction

BATCH = 100
MOVE = """
WITH batch AS MATERIALIZED (
    SELECT id FROM articles_article WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE
), moved AS (
    UPDATE articles_article SET search_text = search_text
    FROM batch WHERE articles_article.id = batch.id
)
SELECT max(id) FROM batch
"""


def move(apps, schema_editor):
    last = 0
    while last is not None:
        alias = schema_editor.connection.alias
        with transaction.atomic(alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(MOVE, [last, BATCH])
            [last] = cursor.fetchone()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("articles", "0014_keep_search_vectors_in_their_rows")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
