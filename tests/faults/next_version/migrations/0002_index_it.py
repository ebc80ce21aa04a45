from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("next_version", "0001_add_a_column")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY next_version_index ON quiz_checkup (next_version)",
            "DROP INDEX CONCURRENTLY next_version_index",
        ),
    ]
