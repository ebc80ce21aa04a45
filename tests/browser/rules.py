"""What must hold of a page in a browser: axe's rules, and those that axe has none for (rules.js)."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import BrowserContext, Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
_OURS = Path(__file__).with_name("rules.js").read_text()
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLORS = ("color-contrast", "link-in-text-block")
_RUN = """async options => (await axe.run(document, options)).violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 120)}: ${
    node.failureSummary.split("\\n")[1]?.trim() ?? ""}`))"""


def bring_axe(context: BrowserContext) -> None:
    """Put axe's program into every page that this window opens from now on.

    To evaluate it in a page that stands there takes twice as long: half a megabyte is read anew.
    """
    context.add_init_script(_AXE)


def axe(page: Page, *, forced_colors: bool = False, colors_only: bool = False) -> list[str]:
    """What axe has to say of the page as it stands; its program is put in where it is missing.

    `colors_only` is for a window that was looked at whole in other colors: only these have changed.
    In forced colors the browser paints text and ground from the reader's own palette, and a style's
    computed color, which is all that axe can see, is painted nowhere: contrast is not asked for then.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    options = {"runOnly": _TAGS, "resultTypes": ["violations"], "iframes": False, "preload": False}
    if forced_colors:
        options["rules"] = {name: {"enabled": False} for name in _COLORS}
    if colors_only:
        options["runOnly"] = {"type": "rule", "values": list(_COLORS)}
    return page.evaluate(_RUN, options)


def errors_have_the_focus(page: Page) -> bool:
    """Whether what went wrong, where anything did, has the focus of the page that has just been loaded;
    so that a screen reader reads it and the next Tab leads into it."""
    said = (
        "[...document.querySelectorAll('main [role=alert]')].slice(0, 1)"
        ".every(each => each === document.activeElement)"
    )
    # The browser gives it the focus a moment after the page has loaded.
    for _moment in range(100):
        if page.evaluate(said):
            return True
        page.wait_for_timeout(20)
    return False


def own_rules(page: Page, *rules: str) -> list[str]:
    """What these rules of rules.js have to say; `focus` is asked as of somebody who uses the keyboard."""
    if not page.evaluate("'siteRules' in window"):
        page.evaluate(_OURS)
        page.keyboard.press("Tab")
    return page.evaluate("names => names.flatMap(name => siteRules[name]())", list(rules))
