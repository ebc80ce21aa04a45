"""Practices as files."""

import pytest

from articles.documents import ContentError
from exercises.documents import STARTER, Exercises


@pytest.mark.parametrize("item", [{"Think back": "what came of it?"}, ["a"], None])
def test_a_step_that_yaml_took_for_something_else_is_refused(db, item):
    kind = Exercises()
    record = {**kind.read(STARTER)["one-real-question"], "articles": [], "steps": ["Sit.", item]}

    with pytest.raises(ContentError, match="`steps` has an item that is no text"):
        kind.write("one-real-question", record)
