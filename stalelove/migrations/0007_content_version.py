"""One row that says which content the site has: PostgreSQL gives it another value whenever a table
that readers see something of has changed, by whatever means (admin, import, shell, SQL).

A statement's trigger only makes a note, of its own transaction, so that nobody waits for anybody. The
row itself is written at the end of the transaction, by a deferred trigger on the note; and that in
two steps, so that it comes after the deferred checks of foreign keys: it is the last lock a
transaction takes, held for no longer than its commit, and no circle of waiting can close over it.

What has been changed is seen together with the new value, since both are one commit. The value is
random and not a count, so that one which was seen before a restore never comes again.

A later migration that makes another table of content runs `SELECT stalelove_watch('the_table')`.
These are no models: nothing reads them but stalelove/content_version.py.
"""

from django.db import migrations

CREATE = """
CREATE TABLE stalelove_content (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    version uuid NOT NULL
);
INSERT INTO stalelove_content (version) VALUES (gen_random_uuid());

CREATE UNLOGGED TABLE stalelove_contentchange (
    transaction xid8 PRIMARY KEY,
    is_last boolean NOT NULL DEFAULT false
);

CREATE FUNCTION stalelove_content_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stalelove_contentchange (transaction) VALUES (pg_current_xact_id())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION stalelove_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.is_last THEN
        UPDATE stalelove_contentchange SET is_last = true WHERE transaction = NEW.transaction;
    ELSE
        DELETE FROM stalelove_contentchange WHERE transaction = NEW.transaction;
        INSERT INTO stalelove_content (version) VALUES (gen_random_uuid())
        ON CONFLICT (is_one) DO UPDATE SET version = EXCLUDED.version;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER stalelove_contentchange_ends
    AFTER INSERT OR UPDATE ON stalelove_contentchange
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION stalelove_content_changed();

CREATE FUNCTION stalelove_watch(content regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER stalelove_content_changes'
        ' AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION stalelove_content_changes()',
        content
    );
END $$;
"""
DROP = """
DROP FUNCTION stalelove_watch(regclass);
DROP TABLE stalelove_contentchange;
DROP TABLE stalelove_content;
DROP FUNCTION stalelove_content_changed();
DROP FUNCTION stalelove_content_changes();
"""
CONTENT = (
    *("articles_article", "articles_formeraddress", "articles_image", "articles_page"),
    *("articles_book", "exercises_exercise", "exercises_exercise_articles"),
    *("exercises_evidence", "exercises_question", "quiz_edition", "quiz_item", "quiz_band"),
    *("stalelove_country", "stalelove_helpresource"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0006_rate_limits"),
        ("articles", "0009_images"),
        ("exercises", "0004_fill_search_text"),
        ("quiz", "0005_pairing"),
    ]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        *(
            migrations.RunSQL(
                f"SELECT stalelove_watch('{table}')",
                f"DROP TRIGGER stalelove_content_changes ON {table}",
            )
            for table in CONTENT
        ),
    ]
