from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("quiz", "0005_pairing")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE quiz_checkup ADD COLUMN next_version integer NULL",
            "ALTER TABLE quiz_checkup DROP COLUMN next_version",
        ),
    ]
