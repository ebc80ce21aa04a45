"""Addresses of the practices and the deck of questions."""

from django.urls import path

from exercises import views

urlpatterns = [
    path("exercises/", views.exercise_list, name="exercise_list"),
    # Before the practices: no practice may have this name (exercises.models.TAKEN_SLUGS).
    path("exercises/request/", views.request_builder, name="request_builder"),
    path("exercises/<slug:slug>/", views.exercise, name="exercise"),
    path("exercises/<slug:slug>/week.ics", views.week, name="exercise_week"),
    path("exercises/<slug:slug>/print/", views.fridge_sheet, name="exercise_print"),
    path("exercises/<slug:slug>/hold/", views.hold, name="exercise_hold"),
    path("questions/", views.question_list, name="question_list"),
    path("questions/print/", views.question_cards, name="question_cards"),
    path("questions/tonight/", views.tonight, name="question_tonight"),
    path("evidence/", views.evidence, name="evidence"),
]
