"""For the rows that stand there already; every row saved since fills its own."""

from django.db import migrations

from articles.searching import words_of

FIELDS = ("steps", "words_to_borrow", "not_when", "if_it_goes_badly", "week")


def fill(apps, schema_editor):
    exercise_model = apps.get_model("exercises", "Exercise")
    for exercise in exercise_model.objects.only(*FIELDS):
        exercise_model.objects.filter(pk=exercise.pk).update(
            search_text=words_of(*(getattr(exercise, name) for name in FIELDS))
        )


class Migration(migrations.Migration):
    dependencies = [("exercises", "0003_search")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
