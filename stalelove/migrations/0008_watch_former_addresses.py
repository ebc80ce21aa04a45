"""The former addresses of pages and exercises lead readers on: they are content too."""

from django.db import migrations

CONTENT = ("articles_formerpageaddress", "exercises_formeraddress")


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0007_content_version"),
        ("articles", "0010_former_page_addresses"),
        ("exercises", "0005_former_addresses"),
    ]

    operations = [
        migrations.RunSQL(
            f"SELECT stalelove_watch('{table}')",
            f"DROP TRIGGER stalelove_content_changes ON {table}",
        )
        for table in CONTENT
    ]
