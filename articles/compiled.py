"""Queries whose SQL Django builds once in a process and not at every request.

    _at_slug = Compiled(lambda slug: Article.objects.published().filter(slug=slug))
    articles = _at_slug(slug="a-slug")

What is asked stays a queryset with its one definition; only its values are left open. The function
that builds it runs once, so it may take nothing from the clock or from a request: whatever differs
between two calls is one of its arguments. (Building the SQL is two thirds of what a short query costs.)
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections, models, router
from django.db.models.functions import JSONObject
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)


class Given(models.Expression):
    """The place of a value that comes with the call."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


@dataclass(frozen=True)
class _Statement:
    """What Django has built for one database: the SQL, the names of the values that it leaves open,
    and how a row becomes an instance."""

    sql: str
    given: list[str]
    attributes: list[str]
    own: slice
    converters: list[tuple[int, tuple[list[Callable[..., Any]], Any]]]
    related: list[Any]
    annotations: list[tuple[str, int]]


class Compiled(Generic[Row]):
    """Called with the values, by name: the rows as model instances, without the first `skip` of them.
    One query."""

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self._build = build
        self._queryset: models.QuerySet[Row] | None = None
        self._statements: dict[str, _Statement] = {}  # by the database, which may be a replica

    def __call__(self, *, skip: int = 0, **values: Any) -> list[Row]:
        if self._queryset is None:
            names = inspect.signature(self._build).parameters
            self._queryset = self._build(**{name: Given(name) for name in names})
        alias = self._queryset.db
        statement = self._statements.get(alias)
        if statement is None:
            statement = self._statements[alias] = _compile(self._queryset, alias)
        sql = statement.sql
        given = [values[name] for name in statement.given]
        if skip:  # the end of Django's SQL is its LIMIT
            sql += " OFFSET %s"
            given.append(skip)
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        return [self._instance(list(row), statement, alias, connection) for row in rows]

    def first(self, **values: Any) -> Row | None:
        """The first row, or None. Whoever builds the query says of which order, and of how many."""
        rows = self(**values)
        return rows[0] if rows else None

    def _instance(self, row: list[Any], statement: _Statement, alias: str, connection: Any) -> Row:
        for position, (converters, column) in statement.converters:
            for convert in converters:
                row[position] = convert(row[position], column, connection)
        instance = self._queryset.model.from_db(alias, statement.attributes, row[statement.own])
        for populator in statement.related:
            populator.populate(row, instance)
        for name, position in statement.annotations:
            setattr(instance, name, row[position])
        return instance


def as_row(rows: models.QuerySet) -> models.Subquery:
    """The first row of another query, as an annotation: a dict of the columns that its `only` names.

    `instance_of` makes an instance of it, so that two tables are read in one query.
    """
    columns = {field.attname: models.F(field.attname) for field in _loaded(rows)}
    return models.Subquery(rows.values(row=JSONObject(**columns)))


def instance_of(model: type[Row], row: dict[str, Any] | None) -> Row | None:
    """What `as_row` has brought, as an instance with its other columns deferred."""
    if row is None:
        return None
    fields = [field for field in model._meta.concrete_fields if field.attname in row]
    return model.from_db(
        router.db_for_read(model),
        [field.attname for field in fields],
        [field.to_python(row[field.attname]) for field in fields],
    )


def _loaded(rows: models.QuerySet) -> list[models.Field]:
    names, are_deferred = rows.query.deferred_loading
    if are_deferred:
        raise ValueError("as_row needs a query with only(…)")
    return [
        field
        for field in rows.model._meta.concrete_fields
        if field.primary_key or field.name in names
    ]


def _compile(queryset: models.QuerySet, alias: str) -> _Statement:
    compiler = queryset.query.get_compiler(alias)
    sql, given = _bound(*compiler.as_sql(), connections[alias])
    fields = compiler.klass_info["select_fields"]
    own = slice(fields[0], fields[-1] + 1)
    return _Statement(
        sql,
        given,
        [column.target.attname for column, *_ in compiler.select[own]],
        own,
        list(compiler.get_converters([column for column, *_ in compiler.select]).items()),
        get_related_populators(compiler.klass_info, compiler.select, alias),
        list((compiler.annotation_col_map or {}).items()),
    )


def _bound(sql: str, params: Sequence[Any], connection: Any) -> tuple[str, list[str]]:
    """The SQL with what is the same at each call written into it, and the names of the rest."""
    given: list[str] = []
    following = iter(params)

    def put(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        param = next(following)
        if isinstance(param, Given):
            given.append(param.name)
            return found[0]
        return connection.ops.compose_sql("%s", [param]).replace("%", "%%")

    return re.sub("%[%s]", put, sql), given
