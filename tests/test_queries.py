"""How many queries each page costs: the same for one row and for three, and never one a row."""

from __future__ import annotations

import pytest
import zeal
from django.test import Client

from articles.models import Article, Book
from exercises.models import Evidence, Exercise
from tests.builders import make_article, make_exercise


def test_asking_for_each_row_by_itself_is_noticed(db):
    for _number in range(3):
        exercise = make_exercise()
        exercise.articles.add(make_article())

    with pytest.raises(zeal.NPlusOneError), zeal.zeal_context():
        for exercise in Exercise.objects.all():
            list(exercise.articles.all())
