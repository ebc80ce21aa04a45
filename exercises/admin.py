"""The editors' side of the practices and the deck."""

from django import forms
from django.contrib import admin
from django.db import models

from articles.forms import TypographicForm
from articles.history import HistoryAdmin
from exercises.models import Evidence, Exercise, Question


class EvidenceInline(admin.StackedInline):
    model = Evidence
    form = TypographicForm
    extra = 0


@admin.register(Exercise)
class ExerciseAdmin(HistoryAdmin):
    form = TypographicForm
    list_display = ["title", "category", "position", "minutes", "needs", "is_published"]
    list_filter = ["category", "needs", "works_at_distance", "involves_touch", "is_published"]
    search_fields = ["title", "summary", "steps"]
    prepopulated_fields = {"slug": ["title"]}
    formfield_overrides = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    inlines = [EvidenceInline]


@admin.register(Question)
class QuestionAdmin(HistoryAdmin):
    form = TypographicForm
    list_display = ["text", "category", "depth", "position", "is_published"]
    list_filter = ["category", "depth", "is_published"]
    search_fields = ["text"]
