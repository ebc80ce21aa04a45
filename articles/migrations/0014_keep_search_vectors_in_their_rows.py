"""Search reads the vectors of some hundred articles for each question, and most of what that cost was to
fetch them from the table's TOAST: 3 microseconds each, twice what there is to do with one. In its row a
vector may now take what fits in 8 KB (2,500 words); a longer one goes to TOAST as before.

The rows that stand there already keep theirs where they are until the next migration.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("articles", "0013_index_of_featured")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE articles_article ALTER COLUMN search SET STORAGE MAIN",
            "ALTER TABLE articles_article ALTER COLUMN search SET STORAGE EXTENDED",
        )
    ]
