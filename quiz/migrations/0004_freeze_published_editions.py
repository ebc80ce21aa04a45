"""PostgreSQL itself holds what an edition promises: once published, it never changes.

Triggers, because the admin, the shell, an import and plain SQL must all be held by the same rule. They
are created after the rows, so a dump restores; a restore of rows alone into a migrated database needs
`pg_restore --disable-triggers` (docs/decisions.md, "A published edition is frozen by PostgreSQL").
"""

from django.db import migrations

FREEZE = r"""
CREATE FUNCTION quiz_frozen(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        CONSTRAINT = 'quiz_published_edition_is_frozen',
        MESSAGE = what || '. A published edition never changes: copy it, and publish the copy.';
END $$;

CREATE FUNCTION quiz_edition_frozen() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.published_on IS NOT NULL THEN
            PERFORM quiz_frozen(format('Edition %s cannot be made published', NEW.number));
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.published_on IS NOT NULL THEN
        PERFORM quiz_frozen(format('Edition %s is published', OLD.number));
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quiz_edition_frozen BEFORE INSERT OR UPDATE OR DELETE ON quiz_edition
    FOR EACH ROW EXECUTE FUNCTION quiz_edition_frozen();

-- The edition's row is locked against publishing until this change is done, so that no question
-- can slip in between the check of the whole and its publication.
CREATE FUNCTION quiz_part_frozen() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    edition record;
BEGIN
    FOR edition IN
        SELECT number, published_on FROM quiz_edition
        WHERE id IN (
            CASE WHEN TG_OP <> 'INSERT' THEN OLD.edition_id END,
            CASE WHEN TG_OP <> 'DELETE' THEN NEW.edition_id END
        )
        FOR SHARE
    LOOP
        IF edition.published_on IS NOT NULL THEN
            PERFORM quiz_frozen(format('Edition %s is published', edition.number));
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quiz_item_frozen BEFORE INSERT OR UPDATE OR DELETE ON quiz_item
    FOR EACH ROW EXECUTE FUNCTION quiz_part_frozen();
CREATE TRIGGER quiz_band_frozen BEFORE INSERT OR UPDATE OR DELETE ON quiz_band
    FOR EACH ROW EXECUTE FUNCTION quiz_part_frozen();

CREATE FUNCTION quiz_truncate_frozen() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM quiz_edition WHERE published_on IS NOT NULL) THEN
        PERFORM quiz_frozen('This table holds a published edition');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER quiz_edition_truncate BEFORE TRUNCATE ON quiz_edition
    FOR EACH STATEMENT EXECUTE FUNCTION quiz_truncate_frozen();
CREATE TRIGGER quiz_item_truncate BEFORE TRUNCATE ON quiz_item
    FOR EACH STATEMENT EXECUTE FUNCTION quiz_truncate_frozen();
CREATE TRIGGER quiz_band_truncate BEFORE TRUNCATE ON quiz_band
    FOR EACH STATEMENT EXECUTE FUNCTION quiz_truncate_frozen();

-- Once a statement, not once a row: a million rows put in at once ask once.
CREATE FUNCTION quiz_checkup_edition_published() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT edition_id FROM added) AS used
        JOIN quiz_edition ON quiz_edition.id = used.edition_id
        WHERE quiz_edition.published_on IS NULL
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            CONSTRAINT = 'quiz_checkup_uses_a_published_edition',
            MESSAGE = 'A checkup can only use a published edition.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER quiz_checkup_edition_published AFTER INSERT ON quiz_checkup
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION quiz_checkup_edition_published();

CREATE FUNCTION quiz_checkup_keeps_its_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        CONSTRAINT = 'quiz_checkup_keeps_its_edition',
        MESSAGE = 'A checkup keeps the edition it was begun with.';
END $$;
CREATE TRIGGER quiz_checkup_keeps_its_edition BEFORE UPDATE OF edition_id ON quiz_checkup
    FOR EACH ROW WHEN (OLD.edition_id IS DISTINCT FROM NEW.edition_id)
    EXECUTE FUNCTION quiz_checkup_keeps_its_edition();
"""

THAW = """
DROP TRIGGER quiz_checkup_keeps_its_edition ON quiz_checkup;
DROP TRIGGER quiz_checkup_edition_published ON quiz_checkup;
DROP TRIGGER quiz_band_truncate ON quiz_band;
DROP TRIGGER quiz_item_truncate ON quiz_item;
DROP TRIGGER quiz_edition_truncate ON quiz_edition;
DROP TRIGGER quiz_band_frozen ON quiz_band;
DROP TRIGGER quiz_item_frozen ON quiz_item;
DROP TRIGGER quiz_edition_frozen ON quiz_edition;
DROP FUNCTION quiz_checkup_keeps_its_edition();
DROP FUNCTION quiz_checkup_edition_published();
DROP FUNCTION quiz_truncate_frozen();
DROP FUNCTION quiz_part_frozen();
DROP FUNCTION quiz_edition_frozen();
DROP FUNCTION quiz_frozen(text);
"""


class Migration(migrations.Migration):
    dependencies = [("quiz", "0003_count_the_stopped")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
