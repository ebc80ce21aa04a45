"""As articles 0003 does for articles: an address that two practices had belongs to the one that
readers saw there last."""

from django.db import migrations

CREATE = """
CREATE FUNCTION exercises_remember_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exercises_formeraddress (slug, exercise_id) VALUES (OLD.slug, OLD.id)
    ON CONFLICT (slug) DO UPDATE SET exercise_id = EXCLUDED.exercise_id WHERE OLD.is_published;
    DELETE FROM exercises_formeraddress WHERE slug = NEW.slug AND exercise_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER exercises_exercise_remember_address
    AFTER UPDATE OF slug ON exercises_exercise
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug)
    EXECUTE FUNCTION exercises_remember_address();
"""
DROP = """
DROP TRIGGER exercises_exercise_remember_address ON exercises_exercise;
DROP FUNCTION exercises_remember_address();
"""


class Migration(migrations.Migration):
    dependencies = [("exercises", "0005_former_addresses")]
    operations = [migrations.RunSQL(CREATE, DROP)]
