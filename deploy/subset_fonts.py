"""Cut the site's serif out of Newsreader: `make fonts`. Nothing at run time needs this file.

Newsreader (Production Type, SIL Open Font License without a Reserved Font Name) is a variable font of
130 KB a style. A page of English needs one weight at one optical size and a hundred characters. So each
style becomes two static files: one with the characters of English, and one, fetched only where a word
needs it, with accented Latin (the unicode-range in static/css/site.css).
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Between the cut for text (16) and the one for titles (72): it is read at 18 px and looked at at 60.
CUT = {"opsz": 20, "wght": 400}
RARE = set("\\^`{|}~<>")
ENGLISH = {chr(code) for code in range(0x20, 0x7F)} - RARE | set("\xa0©·×é–—‘’“”…")
ACCENTED = RARE | {chr(code) for code in range(0xA1, 0x180)} | set("ȘșȚțẞ‚„‹›€−") - ENGLISH


def cut(source: Path, characters: set[str]) -> TTFont:
    font = TTFont(source, recalcTimestamp=False)
    # The packages come already cut by script, and some glyphs lost their empty row on the way.
    variations = font["gvar"].variations
    for glyph in font.getGlyphOrder():
        try:
            variations[glyph]
        except KeyError:
            variations[glyph] = []
    options = subset.Options(hinting=False, layout_features=["kern", "liga", "mark", "ccmp"])
    options.drop_tables += ["DSIG", "STAT"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters])
    subsetter.subset(font)
    return instancer.instantiateVariableFont(font, CUT)


def main(package: Path, target: Path) -> None:
    for style, name in (("normal", "newsreader"), ("italic", "newsreader-italic")):
        latin = package / "files" / f"newsreader-latin-opsz-{style}.woff2"
        extended = package / "files" / f"newsreader-latin-ext-opsz-{style}.woff2"
        parts = [cut(latin, ACCENTED), cut(extended, ACCENTED)]
        paths = []
        for number, part in enumerate(parts):
            part.flavor = None
            paths.append(target / f"{name}-part-{number}.ttf")
            part.save(paths[-1])
        accented = merge.Merger().merge([str(path) for path in paths])
        for path in paths:
            path.unlink()
        for font, suffix in ((cut(latin, ENGLISH), ""), (accented, "-accents")):
            font.flavor = "woff2"
            font.save(target / f"{name}{suffix}.woff2")
    (target / "LICENSE.txt").write_text((package / "LICENSE").read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
