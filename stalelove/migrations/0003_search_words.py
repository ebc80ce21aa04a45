"""The words for “Did you mean”, gathered by triggers from whatever is saved, by whatever means."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# Sorted, so that two transactions that bring the same words wait for each other and never both.
FUNCTION = """
CREATE FUNCTION stalelove_gather_words(searched text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO stalelove_searchword (word)
    SELECT word FROM unnest(tsvector_to_array(to_tsvector('simple', searched))) AS word
    WHERE word ~ '^[[:alpha:]]{3,30}$'
    ORDER BY word
    ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION stalelove_gather_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stalelove_gather_words(
        concat_ws(' ', NEW.title, to_jsonb(NEW) ->> TG_ARGV[0], NEW.search_text)
    );
    RETURN NULL;
END $$;
"""
DROP_FUNCTION = """
DROP FUNCTION stalelove_gather_words();
DROP FUNCTION stalelove_gather_words(text);
"""


def gather_from(table: str, summary: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_gather_words
            AFTER INSERT OR UPDATE OF title, {summary}, search_text ON {table}
            FOR EACH ROW EXECUTE FUNCTION stalelove_gather_words('{summary}');
        SELECT stalelove_gather_words(concat_ws(' ', title, {summary}, search_text)) FROM {table};
        """,
        f"DROP TRIGGER {table}_gather_words ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0002_take_reports_of_wrong_numbers"),
        ("articles", "0005_fill_search_text"),
        ("exercises", "0004_fill_search_text"),
    ]
    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=30, primary_key=True, serialize=False)),
            ],
            options={
                "indexes": [
                    GinIndex(
                        fields=["word"],
                        opclasses=["gin_trgm_ops"],
                        name="stalelove_word_trigrams",
                    )
                ]
            },
        ),
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        gather_from("articles_article", "standfirst"),
        gather_from("articles_book", "authors"),
        gather_from("exercises_exercise", "summary"),
    ]
