from hypothesis import given
from hypothesis import strategies as st

from articles.word_diff import Piece, abridged, word_diff


def test_a_changed_word_is_shown_as_removed_and_added():
    assert word_diff("You look tired tonight.", "You look rested tonight.") == [
        Piece("same", "You look "),
        Piece("removed", "tired"),
        Piece("added", "rested"),
        Piece("same", " tonight."),
    ]


def test_neighboring_changes_are_one_change():
    assert word_diff("ask a closed question now", "ask an open question now") == [
        Piece("same", "ask "),
        Piece("removed", "a closed"),
        Piece("added", "an open"),
        Piece("same", " question now"),
    ]


def test_a_word_with_an_apostrophe_or_a_hyphen_is_one_word():
    assert word_diff("don't re-read", "didn't re-write") == [
        Piece("removed", "don't re-read"),
        Piece("added", "didn't re-write"),
    ]


def test_unchanged_paragraphs_far_from_a_change_are_cut():
    old = "\n".join([("one two three " * 40).strip()] * 10)
    pieces = abridged(word_diff(old, old + "\nthe end"))

    assert [piece.kind for piece in pieces] == ["gap", "same", "added"]
    gap, context, added = pieces
    assert int(gap.text) + len(context.text.split()) == 1200
    assert added.text == "\nthe end"


def test_two_long_texts_with_nothing_in_common_are_shown_whole():
    old, new = "a\n" * 200_000 + "a", "b\n" * 200_000 + "b"

    assert word_diff(old, new) == [Piece("removed", old), Piece("added", new)]


words = st.lists(st.sampled_from(["love", "quiet", " ", "\n", "<b>", "don't", "."])).map("".join)


@given(words, words)
def test_the_pieces_make_up_both_texts(old, new):
    pieces = word_diff(old, new)

    assert "".join(p.text for p in pieces if p.kind != "added") == old
    assert "".join(p.text for p in pieces if p.kind != "removed") == new
