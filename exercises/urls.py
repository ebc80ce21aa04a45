"""Addresses of the practices and the deck of questions."""

from django.urls import path

from exercises import views

urlpatterns = [
    path("exercises/", views.exercise_list, name="exercise_list"),
    path("exercises/<slug:slug>/", views.exercise, name="exercise"),
    path("questions/", views.question_list, name="question_list"),
    path("questions/tonight/", views.tonight, name="question_tonight"),
    path("evidence/", views.evidence, name="evidence"),
]
