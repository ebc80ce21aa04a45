// The rules that axe has none for, put into a page by rules.py. Each gives a list of sentences.
window.siteRules = (() => {
  const FOCUSABLE =
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const name = element =>
    element.outerHTML.slice(0, 90) + (element.textContent.trim() ? "" : " (without words)");
  const shown = element =>
    !element.disabled &&
    element.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
  // A radio button or a box is pressed by its label, and shows its focus there.
  const target = element =>
    element.matches("[type=radio], [type=checkbox]") ? element.closest("label") ?? element : element;
  const look = element => {
    const style = getComputedStyle(element);
    return [
      style.outlineStyle === "none" ? "no outline" : `${style.outlineWidth} ${style.outlineColor}`,
      style.boxShadow,
      style.backgroundColor,
      style.borderColor,
    ].join();
  };

  /** Nothing runs out of the page sideways. */
  function sideways() {
    const most = innerWidth;
    const wide = document.documentElement.scrollWidth;
    if (wide <= most) return [];
    const out = [...document.body.querySelectorAll("*")].filter(
      element => element.getBoundingClientRect().right > most + 1 && element.children.length === 0,
    );
    return [`${wide} px wide in a window of ${most}: ${out.slice(0, 3).map(name).join(" ")}`];
  }

  /** Answers and buttons are large enough for a thumb; whatever else stands alone, for a fingertip. */
  function targets() {
    const found = [];
    for (const element of document.querySelectorAll(FOCUSABLE)) {
      if (!shown(element) || element.matches(".skip")) continue;
      const style = getComputedStyle(element);
      if (element.matches("a") && style.display === "inline") continue; // in a sentence
      const { width, height } = target(element).getBoundingClientRect();
      const least = element.matches("button, [type=radio], [type=checkbox], [type=submit], .exit, .button")
        ? 44
        : 24;
      if (Math.round(Math.min(width, height)) < least) {
        found.push(`${Math.round(width)} by ${Math.round(height)} px: ${name(element)}`);
      }
    }
    return found;
  }

  /** The way out is on top wherever the page has been scrolled to. */
  function exit() {
    const found = [];
    const way = document.querySelector("[data-exit]");
    if (!way) return ["there is no exit"];
    const height = document.documentElement.scrollHeight;
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      scrollTo({ top: (height - innerHeight) * part, behavior: "instant" });
      const box = way.getBoundingClientRect();
      for (const [x, y] of [
        [box.left + 2, box.top + 2],
        [box.left + box.width / 2, box.top + box.height / 2],
        [box.right - 2, box.bottom - 2],
      ]) {
        const top = document.elementFromPoint(x, y);
        if (!top || !way.contains(top)) {
          found.push(`at ${part * 100} % the exit is under ${top ? name(top) : "the edge"}`);
        }
      }
    }
    scrollTo({ top: 0, behavior: "instant" });
    return [...new Set(found)];
  }

  /** Every stop of the keyboard shows that it has the focus, and nothing that sticks covers it. */
  function focus() {
    const found = [];
    const bar = document.querySelector(".bar");
    for (const element of document.querySelectorAll(FOCUSABLE)) {
      if (!shown(element) || element.tabIndex < 0) continue;
      if (element.type === "radio" && element.name) {
        const group = document.querySelectorAll(`[name="${CSS.escape(element.name)}"]`);
        const first = [...group].find(each => each.checked) ?? group[0];
        if (element !== first) continue; // the arrow keys lead to the others
      }
      const outside = target(element);
      document.activeElement?.blur();
      const before = look(element) + look(outside);
      element.focus();
      if (document.activeElement !== element) {
        found.push(`takes no focus: ${name(element)}`);
        continue;
      }
      if (look(element) + look(outside) === before) found.push(`shows no focus: ${name(element)}`);
      // As the browser does it by itself, a moment later.
      element.scrollIntoView({ block: "nearest", behavior: "instant" });
      const box = element.getBoundingClientRect();
      const above = bar && !bar.contains(element) ? bar.getBoundingClientRect().bottom : 0;
      const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, above);
      const most = Math.min(box.height, innerHeight - above);
      if (seen < most * 0.75 && !element.matches(".skip")) {
        found.push(`is covered when it has the focus: ${name(element)}`);
      }
    }
    document.activeElement?.blur();
    scrollTo({ top: 0, behavior: "instant" });
    return found;
  }

  return { sideways, targets, exit, focus };
})();
