"""One small table for all workers and nodes. Unlogged: fast, in no replica and in no archive; a crash
empties it, which only starts the counting anew. It is no model: nothing reads it but rate_limits.py."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stalelove", "0005_writers_and_editors_use_pictures")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE stalelove_rate (
                key bytea PRIMARY KEY,
                count integer NOT NULL,
                until timestamptz NOT NULL,
                salt bytea
            )
            """,
            "DROP TABLE stalelove_rate",
        ),
    ]
