"""Articles with all their stances, as items to measure, and whom and what they are read for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from flows.config.watchlists import build_watchlist
from flows.labelled import Day, GoldRow, read_labelled
from monitors.errors import ArticleError
from monitors.measures.gold import GoldItem, Key, Wanted
from monitors.records import Actor, ActorKind, Office, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flows.labelled import ListedStance
    from monitors.records import Watchlist

_ACTORS, _TOPICS = "actors.json", "topics.json"


class _OfficeRow(BaseModel):
    actor: str
    starts_on: Annotated[Day, Field(alias="from")] = None
    ends_on: Annotated[Day, Field(alias="until")] = None


class _ActorRow(BaseModel):
    id: str
    name: str
    kind: ActorKind = "person"
    aliases: list[str]
    speaks_for: list[_OfficeRow] = []


class _TopicRow(BaseModel):
    id: str
    title: str
    phrases: list[str]
    favor: str
    against: str
    near: list[str] = []
    near_words: int | None = None
    context: list[str] = []
    excluded: Annotated[list[str], Field(alias="not")] = []


_ACTOR_ROWS = TypeAdapter(list[_ActorRow])
_TOPIC_ROWS = TypeAdapter(list[_TopicRow])


def watchlist_beside(path: Path) -> Watchlist | None:
    """The watchlist of `actors.json` and `topics.json` beside `path`, if they lie there.

    Raises:
        ArticleError: one of them is missing, or is no list of actors or topics.
    """
    actors, topics = path.with_name(_ACTORS), path.with_name(_TOPICS)
    if not actors.exists() and not topics.exists():
        return None
    try:
        actor_rows = _ACTOR_ROWS.validate_json(actors.read_bytes())
        topic_rows = _TOPIC_ROWS.validate_json(topics.read_bytes())
    except OSError as error:
        raise ArticleError(f"{_ACTORS} and {_TOPICS} must lie together: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = _ACTORS if "_Actor" in error.title else _TOPICS
        where = ".".join(map(str, fault["loc"]))
        raise ArticleError(f"{path.with_name(name)}: {where}: {fault['msg']}") from error
    return build_watchlist(list(map(_topic, topic_rows)), list(map(_actor, actor_rows)))


def gold_items(path: Path, watchlist: Watchlist) -> Iterator[GoldItem]:
    """The articles of a file in its order.

    Raises:
        ArticleError: a line does not fit, or names an actor or a topic that nobody watches.
    """
    actors = {actor.actor_id: actor for actor in watchlist.actors}
    topics = {topic.topic_id for topic in watchlist.topics}
    for place, row in read_labelled(path, GoldRow):
        for stance in row.stances:
            _check(place, stance, actors, topics)
        wanted = tuple(
            Wanted(Key(one.actor, one.topic, one.label), one.certain, tuple(one.evidence))
            for one in row.stances
        )
        yield GoldItem(f"{place} ({row.id})", row.text, row.published, wanted, actors)


def _check(place: str, stance: ListedStance, actors: Mapping[str, Actor], topics: set[str]) -> None:
    if stance.actor not in actors:
        raise ArticleError(f'{place}: there is no actor "{stance.actor}" to hold a stance')
    if stance.topic not in topics:
        raise ArticleError(f'{place}: there is no topic "{stance.topic}" to hold a stance on')


def _actor(row: _ActorRow) -> Actor:
    offices = tuple(Office(one.actor, one.starts_on, one.ends_on) for one in row.speaks_for)
    return Actor(row.id, row.name, row.kind, tuple(dict.fromkeys(row.aliases)), offices)


def _topic(row: _TopicRow) -> Topic:
    return Topic(
        topic_id=row.id,
        title=row.title,
        phrases=tuple(dict.fromkeys(row.phrases)),
        favor=row.favor,
        against=row.against,
        near=tuple(row.near),
        near_words=row.near_words,
        context=tuple(row.context),
        excluded=tuple(row.excluded),
    )
