"""For the rows that stand there already; every row saved since fills its own."""

from django.db import migrations

from articles.rendering import plain_text
from articles.searching import MOST_CHARACTERS, words_of


def fill(apps, schema_editor):
    article_model = apps.get_model("articles", "Article")
    for article in article_model.objects.only("body_html", "extended_html", "research_html"):
        html = article.body_html + article.extended_html + article.research_html
        article_model.objects.filter(pk=article.pk).update(
            search_text=plain_text(html)[:MOST_CHARACTERS]
        )
    book_model = apps.get_model("articles", "Book")
    for book in book_model.objects.only("about", "best_for", "not_for", "safety_note"):
        book_model.objects.filter(pk=book.pk).update(
            search_text=words_of(book.about, book.best_for, book.not_for, book.safety_note)
        )


class Migration(migrations.Migration):
    dependencies = [("articles", "0004_search")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
