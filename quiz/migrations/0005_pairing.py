# Pairings: two checkups whose readers may come to see something of each other

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quiz", "0004_freeze_published_editions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pairing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("invitation_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                ("made_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[("inviter", "inviter"), ("invited", "invited")], max_length=7
                    ),
                ),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "shows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("attention", "Attention"),
                                ("curiosity", "Curiosity"),
                                ("repair", "Repair"),
                                ("warmth", "Warmth"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("has_confirmed", models.BooleanField(default=False)),
                (
                    "checkup",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participant",
                        to="quiz.checkup",
                    ),
                ),
                (
                    "pairing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="quiz.pairing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pairing", "who"), name="quiz_participant_one_a_side"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shows__contained_by", ["attention", "curiosity", "repair", "warmth"])
                        ),
                        name="quiz_participant_shows_categories",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("has_confirmed", False), ("shows__len__gt", 0), _connector="OR"
                        ),
                        name="quiz_participant_confirmed_something",
                    ),
                ],
            },
        ),
    ]
