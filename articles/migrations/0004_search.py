import django.contrib.postgres.indexes
from django.contrib.postgres.search import (
    CombinedSearchVector,
    SearchConfig,
    SearchVector,
    SearchVectorField,
)
from django.db import migrations, models

import articles.derived


def vector(title, summary):
    return models.GeneratedField(
        db_persist=True,
        expression=CombinedSearchVector(
            CombinedSearchVector(
                SearchVector(title, config="english", weight="A"),
                "||",
                SearchVector(summary, config="english", weight="B"),
                SearchConfig("english"),
            ),
            "||",
            SearchVector("search_text", config="english", weight="C"),
            SearchConfig("english"),
        ),
        output_field=SearchVectorField(),
    )


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_remember_former_addresses")]
    operations = [
        operation
        for model, title, summary in (
            ("article", "title", "standfirst"),
            ("book", "title", "authors"),
        )
        for operation in (
            migrations.AddField(
                model_name=model,
                name="search_text",
                field=articles.derived.DerivedText(default="", editable=False),
            ),
            migrations.AddField(model_name=model, name="search", field=vector(title, summary)),
            migrations.AddIndex(
                model_name=model,
                index=django.contrib.postgres.indexes.GinIndex(
                    fields=["search"], name=f"articles_{model}_search"
                ),
            ),
        )
    ] + [
        migrations.AddIndex(
            model_name="article",
            index=django.contrib.postgres.indexes.GinIndex(
                SearchVector("title", config="english"), name="articles_title_search"
            ),
        )
    ]
