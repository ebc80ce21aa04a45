"""The two groups of product.md. Whoever is in neither, and is no superuser, sees an empty admin."""

from django.db import migrations

ALL = ("add", "change", "delete", "view")
WRITERS = {
    ("articles", "article"): ("add", "change", "view"),
    ("articles", "page"): ("view",),
    ("articles", "book"): ("view",),
    ("exercises", "exercise"): ("view",),
    ("exercises", "evidence"): ("view",),
    ("exercises", "question"): ("view",),
}
EDITORS = {
    ("articles", "article"): (*ALL, "publish"),
    ("articles", "page"): ALL,
    ("articles", "book"): ALL,
    ("exercises", "exercise"): ALL,
    ("exercises", "evidence"): ALL,
    ("exercises", "question"): ALL,
    ("quiz", "edition"): ALL,
    ("quiz", "item"): ALL,
    ("quiz", "band"): ALL,
    ("quiz", "countedperiod"): ("add", "view"),
    ("quiz", "measurement"): ("add", "view"),
    ("stalelove", "country"): ALL,
    ("stalelove", "helpresource"): ALL,
    ("stalelove", "report"): ("change", "delete", "view"),
}
# The permissions that models bring themselves, which Django would name after the model.
NAMES = {
    "publish_article": "Can publish, schedule, unpublish, archive and feature articles",
}


def make_groups(apps, schema_editor):
    give(apps, "Writers", WRITERS)
    give(apps, "Editors", EDITORS)


def give(apps, group, rights):
    """Make the group if it is not there, and add the rights to those it has."""
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=group)
    for (app, model), actions in rights.items():
        content_type, _ = content_types.get_or_create(app_label=app, model=model)
        name = str(apps.get_model(app, model)._meta.verbose_name)
        for action in actions:
            codename = f"{action}_{model}"
            permission, _ = permissions.get_or_create(
                content_type=content_type,
                codename=codename,
                # Django's own name for it, as it would make it after the migrations.
                defaults={"name": NAMES.get(codename, f"Can {action} {name}")},
            )
            group.permissions.add(permission)


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=("Writers", "Editors")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("stalelove", "0003_search_words"),
        ("articles", "0007_publish_permission"),
        ("exercises", "0004_fill_search_text"),
        ("quiz", "0005_pairing"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, remove_groups)]
