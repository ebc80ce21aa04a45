"""The admin with our own site in Django's place."""

from django.contrib.admin.apps import AdminConfig


class EditorsAdmin(AdminConfig):
    default_site = "stalelove.dashboard.Dashboard"
