"""As 0003 does for articles: an address that two pages had belongs to the one that readers saw there."""

from django.db import migrations

CREATE = """
CREATE FUNCTION articles_remember_page_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO articles_formerpageaddress (slug, page_id) VALUES (OLD.slug, OLD.id)
    ON CONFLICT (slug) DO UPDATE SET page_id = EXCLUDED.page_id WHERE OLD.is_published;
    DELETE FROM articles_formerpageaddress WHERE slug = NEW.slug AND page_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER articles_page_remember_address
    AFTER UPDATE OF slug ON articles_page
    FOR EACH ROW WHEN (OLD.slug <> NEW.slug)
    EXECUTE FUNCTION articles_remember_page_address();
"""
DROP = """
DROP TRIGGER articles_page_remember_address ON articles_page;
DROP FUNCTION articles_remember_page_address();
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_former_page_addresses")]
    operations = [migrations.RunSQL(CREATE, DROP)]
