import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0005_fill_search_text")]
    operations = [
        # PostgreSQL makes one for each row that is there already.
        migrations.AddField(
            model_name="article",
            name="uid",
            field=models.UUIDField(
                default=uuid.uuid4,
                db_default=RandomUUID(),
                unique=True,
                editable=False,
                help_text="By this feed readers know it again, whatever its address becomes.",
            ),
        ),
    ]
