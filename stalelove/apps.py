from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class StaleLoveConfig(AppConfig):
    name = "stalelove"
    verbose_name = gettext_lazy("Help and reports")
