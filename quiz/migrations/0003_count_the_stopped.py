"""Count unfinished checkups as they are deleted, whoever deletes them.

They live for days, but editors are to see where people stop: so only the count is kept, by edition,
month and page. What is part of a counted period already is not counted again.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION quiz_count_stopped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quiz_stoppedcount (edition_id, month, pages, readers)
    SELECT edition_id, date_trunc('month', started_on::timestamp)::date AS month,
           coalesce((array_position(answers, NULL) - 1) / 6, 3) AS pages, count(*)
    FROM gone
    WHERE finished_on IS NULL AND earlier_id IS NULL AND NOT EXISTS (
        SELECT FROM quiz_countedperiod AS period
        WHERE period.edition_id = gone.edition_id
          AND date_trunc('month', gone.started_on::timestamp) BETWEEN period.first_month
              AND period.last_month
    )
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (edition_id, month, pages)
        DO UPDATE SET readers = quiz_stoppedcount.readers + excluded.readers;
    RETURN NULL;
END
$$;
CREATE TRIGGER quiz_checkup_count_stopped AFTER DELETE ON quiz_checkup
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION quiz_count_stopped();
"""
BACKWARDS = """
DROP TRIGGER quiz_checkup_count_stopped ON quiz_checkup;
DROP FUNCTION quiz_count_stopped();
"""


class Migration(migrations.Migration):
    dependencies = [("quiz", "0002_count_for_editors")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
