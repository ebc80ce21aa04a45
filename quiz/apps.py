from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class QuizConfig(AppConfig):
    name = "quiz"
    verbose_name = gettext_lazy("The checkup")
