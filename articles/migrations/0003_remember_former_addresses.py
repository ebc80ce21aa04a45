"""A trigger, not Python, so that admin, shell, import and SQL all leave a redirect behind.

An address that two articles had belongs to the one that readers saw there last: a draft that
passed through it takes nothing away.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION articles_remember_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO articles_formeraddress (slug, article_id) VALUES (OLD.slug, OLD.id)
    ON CONFLICT (slug) DO UPDATE SET article_id = EXCLUDED.article_id
        WHERE OLD.state = 'published' AND OLD.publish_at <= statement_timestamp();
    DELETE FROM articles_formeraddress WHERE slug = NEW.slug AND article_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER articles_article_remember_address
    AFTER UPDATE OF slug ON articles_article
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug)
    EXECUTE FUNCTION articles_remember_address();
"""
DROP = """
DROP TRIGGER articles_article_remember_address ON articles_article;
DROP FUNCTION articles_remember_address();
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_former_addresses")]
    operations = [migrations.RunSQL(CREATE, DROP)]
