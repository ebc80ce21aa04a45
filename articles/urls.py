"""Addresses of what there is to read."""

from django.urls import path

from articles import views
from articles.feeds import ArticleFeed

urlpatterns = [
    path("articles/", views.article_list, name="article_list"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("feed.atom", ArticleFeed(), name="feed"),
    path("reading-list/", views.reading_list, name="reading_list"),
]
