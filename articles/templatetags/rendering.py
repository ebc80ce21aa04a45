"""`{{ text|inline }}`: a short Markdown text of an editor, through the one renderer.

`{{ data|json_ld }}`: plain data inside a script element that is no script.
"""

from django import template

from articles.rendering import json_ld, render_line

register = template.Library()
register.filter("inline", render_line)
register.filter("json_ld", json_ld)
