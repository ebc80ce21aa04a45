"""What `make lighthouse` says of a report. Needs no browser."""

from tests.browser.proof import GROUPS, audits_below


def report(mark, **scores):
    """A report whose every group but the first has nothing in it."""
    groups = {name: {"score": 1, "auditRefs": []} for name in GROUPS}
    groups[GROUPS[0]] = {
        "score": mark,
        "auditRefs": [{"id": name, "weight": 10} for name in scores],
    }
    audits = {
        name: {"score": score, "scoreDisplayMode": "error" if score is None else "numeric"}
        for name, score in scores.items()
    }
    return {"categories": groups, "audits": audits}


def test_an_audit_that_costs_its_group_a_mark_is_missed():
    assert audits_below(report(0.98, paint=1, blocking=0.94)) == (
        ["blocking (0.94)"],
        ["blocking"],
    )


def test_an_audit_that_costs_nothing_is_shown_and_not_missed():
    assert audits_below(report(1, paint=1, blocking=0.99)) == (["blocking (0.99)"], [])


def test_an_audit_that_could_not_be_made_is_told_as_such_and_missed():
    assert audits_below(report(None, paint=1, blocking=None)) == (
        ["blocking (not measured)"],
        ["blocking"],
    )


def test_a_whole_report_misses_nothing():
    assert audits_below(report(1, paint=1, blocking=0.996)) == ([], [])
