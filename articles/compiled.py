"""Queries whose SQL Django builds once in a process and not at every request.

    _at_slug = Compiled(lambda slug: Article.objects.published().filter(slug=slug))
    articles = _at_slug(slug="a-slug")

What is asked stays a queryset with its one definition; only its values are left open. The function
that builds it runs once, so it may take nothing from the clock or from a request: whatever differs
between two calls is one of its arguments. (Building the SQL is two thirds of what a short query costs.)
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections, models, router
from django.db.models import signals, sql
from django.db.models.base import ModelState
from django.db.models.functions import JSONObject
from django.db.models.query import get_related_populators
from django.db.models.query_utils import DeferredAttribute

Row = TypeVar("Row", bound=models.Model)
# Makes an instance of the name of its database and the values of a row.
Maker = Callable[[str, Sequence[Any]], Row]


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
    and how what comes back becomes Python's.

    From `make` on: how a row becomes an instance; None for rows of values.
    """

    sql: str
    given: list[str]
    converters: list[tuple[int, tuple[list[Callable[..., Any]], Any]]]
    make: Maker | None
    own: slice
    related: list[Any]
    annotations: list[tuple[str, int]]


class _Built:
    """A query that is built at its first call; who inherits from it says what becomes of its rows."""

    def __init__(
        self, build: Callable[..., models.QuerySet[Any, Any]], names: Sequence[str] = ()
    ) -> None:
        """`names` are those of the values, where they are not the names of build's own arguments."""
        self._build = build
        self._names = names
        self._queryset: models.QuerySet[Any, Any] | None = None
        self._statements: dict[str, _Statement] = {}  # by the database, which may be a replica

    def _fetch(self, values: dict[str, Any], skip: int = 0) -> tuple[list[Any], _Statement, str]:
        if self._queryset is None:
            names = self._names or inspect.signature(self._build).parameters
            self._queryset = self._build(**_left_open(names))
        alias = self._queryset.db
        statement = self._statements.get(alias)
        if statement is None:
            statement = self._statements[alias] = _compile(self._queryset, alias)
        text = statement.sql
        given = [values[name] for name in statement.given]
        if skip:  # the end of Django's SQL is its LIMIT
            text += " OFFSET %s"
            given.append(skip)
        connection = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(text, given)
            rows = cursor.fetchall()
        if statement.converters:
            rows = [_converted(list(row), statement, connection) for row in rows]
        return rows, statement, alias


class Compiled(_Built, Generic[Row]):
    """Called with the values, by name: the rows as model instances, without the first `skip` of them.
    One query."""

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        super().__init__(build)

    def __call__(self, *, skip: int = 0, **values: Any) -> list[Row]:
        rows, statement, alias = self._fetch(values, skip)
        make, own = statement.make, statement.own
        instances = [make(alias, row[own]) for row in rows]
        for instance, row in zip(instances, rows, strict=True):
            for populator in statement.related:
                populator.populate(row, instance)
            for name, position in statement.annotations:
                setattr(instance, name, row[position])
        return instances

    def first(self, **values: Any) -> Row | None:
        """The first row, or None. Whoever builds the query says of which order, and of how many."""
        rows = self(**values)
        return rows[0] if rows else None


class CompiledValues(_Built):
    """The same for a `values_list()`, of several tables' union too: the rows as sequences."""

    def __call__(self, **values: Any) -> list[Sequence[Any]]:
        return self._fetch(values)[0]


class CompiledUpdate:
    """The same for an update: called with the values, by name, it returns how many rows it changed.

        _rename = CompiledUpdate(lambda pk, slug: (Article.objects.filter(pk=pk), {"slug": slug}))

    One query, which commits by itself outside of a transaction.
    """

    def __init__(self, build: Callable[..., tuple[models.QuerySet, dict[str, Any]]]) -> None:
        self._build = build
        self._statement: tuple[str, list[str], str] | None = None

    def __call__(self, **values: Any) -> int:
        if self._statement is None:
            self._statement = self._compile()
        text, given, alias = self._statement
        with connections[alias].cursor() as cursor:
            cursor.execute(text, [values[name] for name in given])
            return cursor.rowcount

    def _compile(self) -> tuple[str, list[str], str]:
        names = inspect.signature(self._build).parameters
        queryset, changes = self._build(**_left_open(names))
        alias = router.db_for_write(queryset.model)
        query = queryset.query.chain(sql.UpdateQuery)
        query.add_update_values(changes)
        return (*_bound(*query.get_compiler(alias).as_sql(), connections[alias]), alias)


def _left_open(names: Iterable[str]) -> dict[str, Given]:
    return {name: Given(name) for name in names}


def _converted(row: list[Any], statement: _Statement, connection: Any) -> list[Any]:
    for position, (converters, column) in statement.converters:
        for convert in converters:
            row[position] = convert(row[position], column, connection)
    return row


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
    converts, make = _out_of_json(model, tuple(row))
    values = [
        convert(value) if convert else value
        for convert, value in zip(converts, row.values(), strict=True)
    ]
    return make(router.db_for_read(model), values)


# What JSON has as Python has it.
_ALIKE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


@functools.cache
def _out_of_json(
    model: type[Row], attributes: tuple[str, ...]
) -> tuple[list[Callable[[Any], Any] | None], Maker[Row]]:
    """What becomes of each value that JSON has of these columns, and how they make an instance."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    converts = [
        None if isinstance(fields[name], _ALIKE) else fields[name].to_python for name in attributes
    ]
    return converts, _maker(model, attributes)


def _maker(model: type[Row], attributes: Sequence[str]) -> Maker[Row]:
    """As `Model.from_db`, in a tenth of the calls: that one looks at every field of the model for each
    row, and sends two signals. Where somebody listens to them, or a model or a field has a way of its
    own, it is from_db itself.
    """
    has_own_ways = (
        model.from_db.__func__ is not models.Model.from_db.__func__
        or model.__init__ is not models.Model.__init__
        or signals.pre_init.has_listeners(model)
        or signals.post_init.has_listeners(model)
        or not all(
            isinstance(inspect.getattr_static(model, name), DeferredAttribute)
            for name in attributes
        )
    )

    def by_django(alias: str, values: Sequence[Any]) -> Row:
        known = dict(zip(attributes, values, strict=True))
        names = [field.attname for field in model._meta.concrete_fields if field.attname in known]
        return model.from_db(alias, names, [known[name] for name in names])

    def at_once(alias: str, values: Sequence[Any]) -> Row:
        instance = model.__new__(model)
        state = ModelState()
        state.adding, state.db = False, alias
        own = instance.__dict__
        own["_state"] = state
        own.update(zip(attributes, values, strict=True))
        return instance

    return by_django if has_own_ways else at_once


def _loaded(rows: models.QuerySet) -> list[models.Field]:
    names, are_deferred = rows.query.deferred_loading
    if are_deferred:
        raise ValueError("as_row needs a query with only(…)")
    return [
        field
        for field in rows.model._meta.concrete_fields
        if field.primary_key or field.name in names
    ]


def _compile(queryset: models.QuerySet[Any, Any], alias: str) -> _Statement:
    compiler = queryset.query.get_compiler(alias)
    text, given = _bound(*compiler.as_sql(), connections[alias])
    columns = [column for column, *_ in compiler.select]
    converters = list(compiler.get_converters(columns).items())
    if compiler.klass_info is None:
        return _Statement(text, given, converters, None, slice(0), [], [])
    fields = compiler.klass_info["select_fields"]
    own = slice(fields[0], fields[-1] + 1)
    return _Statement(
        text,
        given,
        converters,
        _maker(queryset.model, [column.target.attname for column in columns[own]]),
        own,
        get_related_populators(compiler.klass_info, compiler.select, alias),
        list((compiler.annotation_col_map or {}).items()),
    )


def _bound(text: str, params: Sequence[Any], connection: Any) -> tuple[str, list[str]]:
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

    return re.sub("%[%s]", put, text), given
