import django.contrib.postgres.indexes
from django.contrib.postgres.search import (
    CombinedSearchVector,
    SearchConfig,
    SearchVector,
    SearchVectorField,
)
from django.db import migrations, models

import articles.derived


class Migration(migrations.Migration):
    dependencies = [("exercises", "0002_refuse_taken_slugs_and_short_weeks")]
    operations = [
        migrations.AddField(
            model_name="exercise",
            name="search_text",
            field=articles.derived.DerivedText(default="", editable=False),
        ),
        migrations.AddField(
            model_name="exercise",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=CombinedSearchVector(
                    CombinedSearchVector(
                        SearchVector("title", config="english", weight="A"),
                        "||",
                        SearchVector("summary", config="english", weight="B"),
                        SearchConfig("english"),
                    ),
                    "||",
                    SearchVector("search_text", config="english", weight="C"),
                    SearchConfig("english"),
                ),
                output_field=SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="exercise",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search"], name="exercises_exercise_search"
            ),
        ),
    ]
