"""Both groups put pictures into the library; only Editors take one out again."""

from importlib import import_module

from django.db import migrations

give = import_module("stalelove.migrations.0004_writers_and_editors").give
PICTURE = ("articles", "image")


def give_pictures(apps, schema_editor):
    give(apps, "Writers", {PICTURE: ("add", "change", "view")})
    give(apps, "Editors", {PICTURE: ("add", "change", "delete", "view")})


def take_pictures(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", content_type__model="image"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=("Writers", "Editors")):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0004_writers_and_editors"),
        ("articles", "0009_images"),
    ]
    operations = [migrations.RunPython(give_pictures, take_pictures)]
