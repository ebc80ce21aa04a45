from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("articles", "0012_name_what_editors_see")]

    operations = [
        AddIndexConcurrently(
            "article",
            models.Index(
                fields=["-publish_at", "-id"],
                name="articles_newest_featured",
                condition=models.Q(featured=True, state="published"),
            ),
        ),
    ]
