"""`{{ text|inline }}`: a short Markdown text of an editor, through the one renderer."""

from django import template

from articles.rendering import render_line

register = template.Library()
register.filter("inline", render_line)
