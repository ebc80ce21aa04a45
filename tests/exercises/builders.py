"""Practices, evidence and questions for tests: keyword-only, whole and valid by default."""

from __future__ import annotations

import datetime as dt
import itertools

from exercises.models import Evidence, Exercise, Question

_number = itertools.count(1)
WEEK = [f"Day {day}: one small thing." for day in range(1, 7)] + ["What did you notice?"]


def make_exercise(**fields) -> Exercise:
    number = next(_number)
    values = {
        "title": f"Practice {number}",
        "slug": f"practice-{number}",
        "category": "attention",
        "summary": "Sit down and look up.",
        "minutes": 10,
        "how_often": "Once a day",
        "needs": "both",
        "works_at_distance": True,
        "involves_touch": False,
        "steps": "Sit down.\nLook up.\nStay.",
        "words_to_borrow": "I am here.\nTell me more.",
        "not_when": "Not if you are afraid of your partner; see [help](/help/).",
        "if_it_goes_badly": "Stop, and be kind.",
        "week": "\n".join(WEEK),
        "is_published": True,
        **fields,
    }
    return Exercise.objects.create(**values)


def make_evidence(*, exercise: Exercise, **fields) -> Evidence:
    values = {
        "grade": "C",
        "finding": "It went with feeling closer.",
        "population": "Adults",
        "participants": 145,
        "unknowns": "Which came first.",
        "citation": "Somebody (2016), Some Journal, 1(1), 1-2",
        "doi": "10.1000/xyz",
        "checked_on": dt.date(2026, 11, 22),
        **fields,
    }
    return Evidence.objects.create(exercise=exercise, **values)


def make_question(**fields) -> Question:
    number = next(_number)
    values = {
        "slug": f"question-{number}",
        "category": "curiosity",
        "depth": 1,
        "text": f"What about {number}?",
        **fields,
    }
    return Question.objects.create(**values)
