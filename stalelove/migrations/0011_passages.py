"""The passages of what can be searched, cut and kept by triggers, by whatever means a text is saved.

A passage is one or a few whole sentences, some 20 to 45 words: what a page of results quotes of a text.
(`ts_headline` would read each text from end to end instead: 0.8 ms for a thousand words.) The rows
that stand there already get theirs from the next migration.
"""

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models

# In plpgsql and not in Python, so that no way of saving passes it by (COPY and plain SQL among them), and
# so that a version of the site which knows of no passages keeps them right while it still runs.
FUNCTIONS = r"""
CREATE FUNCTION stalelove_passages(searched text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    -- Characters. Whole sentences up to `fits`; a sentence of more than `most` is cut between words.
    fits CONSTANT integer := 250;
    most CONSTANT integer := 400;
    least CONSTANT integer := 110;
    cut CONSTANT text := E'\x01';
    block text;
    sentence text;
    piece text;
    passage text := '';
    goal double precision;
    rest integer;
BEGIN
    FOREACH block IN ARRAY string_to_array(
        regexp_replace(translate(searched, cut, ' '), '\n\s*\n', cut, 'g'), cut
    ) LOOP
        block := btrim(regexp_replace(block, '\s+', ' ', 'g'));
        CONTINUE WHEN block = '';
        IF passage <> '' THEN
            -- A heading belongs to what follows it.
            IF length(block) < least AND block !~ '[.!?…:;,][”’")]*$' THEN
                RETURN NEXT passage;
                passage := '';
            ELSE
                passage := passage || E'\n\n';
            END IF;
        END IF;
        -- A paragraph, with what stands over from before it, becomes passages of about one length.
        goal := length(passage) + length(block);
        goal := 0.9 * goal / ceil(goal / fits);
        rest := length(block);
        FOREACH sentence IN ARRAY string_to_array(
            regexp_replace(
                block,
                '([[:lower:][:digit:]][”’")]*[.!?…]+[”’")]*) (?=[“‘"(]*[[:upper:][:digit:]])',
                '\1' || cut,
                'g'
            ),
            cut
        ) LOOP
            IF passage <> '' AND right(passage, 1) <> E'\n' THEN
                IF length(passage) + length(sentence) > fits THEN
                    RETURN NEXT passage;
                    passage := '';
                ELSE
                    passage := passage || ' ';
                END IF;
            END IF;
            WHILE length(passage) + length(sentence) > most LOOP
                IF passage <> '' THEN
                    RETURN NEXT btrim(passage, E' \n');
                    passage := '';
                ELSE
                    piece := left(sentence, fits);
                    IF substr(sentence, fits + 1, 1) <> ' ' AND strpos(piece, ' ') > 1 THEN
                        piece := left(piece, fits - strpos(reverse(piece), ' '));
                    END IF;
                    RETURN NEXT piece;
                    sentence := ltrim(substr(sentence, length(piece) + 1));
                END IF;
            END LOOP;
            passage := passage || sentence;
            rest := rest - length(sentence) - 1;
            IF length(passage) >= greatest(goal, least)
                -- Its last few words stay with it.
                AND (rest >= least / 2 OR length(passage) + rest > fits)
            THEN
                RETURN NEXT passage;
                passage := '';
            END IF;
        END LOOP;
        IF length(passage) >= least THEN
            RETURN NEXT passage;
            passage := '';
        END IF;
    END LOOP;
    IF passage <> '' THEN
        RETURN NEXT btrim(passage, E' \n');
    END IF;
END $$;

CREATE FUNCTION stalelove_keep_passages(its_kind text, its_id bigint, searched text) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM stalelove_passage WHERE kind = its_kind AND owner = its_id;
    INSERT INTO stalelove_passage (kind, owner, position, words)
    SELECT its_kind, its_id, position, words
    FROM stalelove_passages(searched) WITH ORDINALITY AS passage (words, position);
$$;

CREATE FUNCTION stalelove_keep_passages() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_kind CONSTANT text := TG_ARGV[0];
    searched CONSTANT text := format('SELECT ($1).%I || E''\n\n'' || ($1).search_text', TG_ARGV[1]);
    before text;
    after text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM stalelove_passage WHERE kind = its_kind AND owner = OLD.id;
        RETURN NULL;
    END IF;
    EXECUTE searched INTO after USING NEW;
    IF TG_OP = 'UPDATE' THEN
        EXECUTE searched INTO before USING OLD;
    END IF;
    -- Django saves every column, changed or not.
    IF before IS DISTINCT FROM after THEN
        PERFORM stalelove_keep_passages(its_kind, NEW.id, after);
    END IF;
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION stalelove_keep_passages();
DROP FUNCTION stalelove_keep_passages(text, bigint, text);
DROP FUNCTION stalelove_passages(text);
"""


def keep_passages_of(kind: str, table: str, summary: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_keep_passages
            AFTER INSERT OR DELETE OR UPDATE OF {summary}, search_text ON {table}
            FOR EACH ROW EXECUTE FUNCTION stalelove_keep_passages('{kind}', '{summary}');
        """,
        f"DROP TRIGGER {table}_keep_passages ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0010_link_check"),
        ("articles", "0012_name_what_editors_see"),
        ("exercises", "0007_name_what_editors_see"),
    ]
    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "owner",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("owner", models.BigIntegerField()),
                ("position", models.PositiveSmallIntegerField()),
                ("words", models.TextField()),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=SearchVector("words", config="english"),
                        output_field=SearchVectorField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "passage",
                "verbose_name_plural": "passages",
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        keep_passages_of("article", "articles_article", "standfirst"),
        keep_passages_of("book", "articles_book", "authors"),
        keep_passages_of("exercise", "exercises_exercise", "summary"),
    ]
