"""The records that flow between the rooms: frozen, slotted, and nothing but data.

Times are aware `datetime`s in UTC. Spans are `(start, end)` in code points of the article's text,
end excluded. Ids are derived from content, so that doing a thing twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

Span = tuple[int, int]
ActorKind = Literal["person", "state", "organisation", "company"]
Label = Literal["favor", "against", "neutral"]
MentionKind = Literal["topic", "actor"]
AttributionKind = Literal["direct_quote", "indirect_speech", "description"]
DateSource = Literal["published", "updated", "file", "first_seen", "page"]
# Where a page says its date: in JSON-LD, in a meta element, in its one <time>; or a guess.
PageDateSource = Literal["json-ld", "meta", "time", "guess"]
TextSource = Literal["feed", "page", "summary"]
FullText = Literal["auto", "always", "never"]
# What a page holds in place of the article; `shorter` than the feed's own text, about another
# thing than the feed announced (`unrelated`); or it cannot be read within the bounds (`too_slow`).
PageProblem = Literal[
    "paywall", "consent", "captcha", "login", "error", "links", "empty", "shorter", "unrelated",
    "too_slow",
]  # fmt: skip
ShiftKind = Literal["reversal", "hardening", "softening", "first_stance", "silence"]
Severity = Literal["low", "medium", "high"]
Form = Literal["text", "html", "markdown", "slack"]


# --- what is watched -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Office:
    """What a person speaks for, from `starts_on` (included) until `ends_on` (excluded)."""

    of: str
    starts_on: date | None = None
    ends_on: date | None = None

    def held_on(self, day: date) -> bool:
        return (self.starts_on is None or self.starts_on <= day) and (
            self.ends_on is None or day < self.ends_on
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, state, organisation or company, its names and the offices it holds."""

    actor_id: str
    name: str
    kind: ActorKind
    aliases: tuple[str, ...]
    offices: tuple[Office, ...] = ()

    def speaks_for(self, day: date) -> tuple[str, ...]:
        """The ids of the institutions this actor speaks for on `day`, in the order given."""
        return tuple(office.of for office in self.offices if office.held_on(day))


@dataclass(frozen=True, slots=True)
class TopicExample:
    """A sentence whose reading the topic's author has written down.

    Who spoke for whom is that of the day when it was `published`.
    """

    text: str
    actor_id: str
    label: Label | Literal["none"]
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What is watched: the phrases that find it, and what counts as `favor` and `against`.

    A phrase matches whole words; case matters where the phrase has capitals. With `near`, at least
    one of its phrases must stand in the same paragraph, or at most `near_words` words away where
    that is given; with `context`, one of its phrases anywhere in the document. A match inside a
    phrase of `excluded` does not count, nor any other of a document that is about those.
    """

    topic_id: str
    title: str
    phrases: tuple[str, ...]
    favor: str
    against: str
    near: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    examples: tuple[TopicExample, ...] = ()
    near_words: int | None = None
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The topics and actors of an installation; `version` is a hash of what they decide."""

    topics: tuple[Topic, ...]
    actors: tuple[Actor, ...]
    version: str = ""

    def actor(self, actor_id: str) -> Actor:
        return next(actor for actor in self.actors if actor.actor_id == actor_id)

    def topic(self, topic_id: str) -> Topic:
        return next(topic for topic in self.topics if topic.topic_id == topic_id)


# --- from the feed to the article ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed the user follows: at a `url`, or at `path` on this machine.

    `path` is a feed in a file or, where `is_folder`, a folder of files. `full_text` tells whether
    the pages of its articles are read: where the feed's own text is short and names a topic, of
    every article, or of none.
    """

    feed_id: str
    title: str
    outlet: str
    url: str | None = None
    path: str | None = None
    is_folder: bool = False
    full_text: FullText = "auto"


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, its strings cleaned: plain text, no markup, no control characters.

    `entry_id` is the feed's own guid, or the link, or a hash of title and text. `url` is absolute
    http(s) or None. `text` is the fullest text that the feed carries, paragraphs parted by a blank
    line; `summary` the short one. `date_source` tells where `published_at` is from. `outlet` is
    there where an entry names its own, as the files of a folder may.
    """

    entry_id: str
    title: str
    url: str | None
    text: str
    summary: str
    published_at: datetime | None
    updated_at: datetime | None
    date_source: DateSource
    outlet: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be made of it: no words and no page, at most an id and a date."""
        return not (self.title or self.text or self.url)


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A parsed feed: its own title and link, its entries in feed order, and what was wrong.

    `hubs` are the addresses that tell of what is new in it, `topic` is what they know it by.
    """

    title: str
    url: str | None
    language: str | None
    format: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one text at one URL.

    Three clocks: `published_at` by the outlet's account, `first_seen_at` by ours, and on each
    stance `said_at`. `text` starts with the headline where the source gives one apart. `agency` is
    whose report it is, by its short name; `text_problem` says why the text is only a summary, where
    a page was to be read.
    """

    article_id: str
    url: str
    feed_id: str
    outlet: str
    title: str
    text: str
    published_at: datetime
    date_source: DateSource
    first_seen_at: datetime
    content_hash: str
    story_id: str
    version: int = 1
    agency: str | None = None
    language: str | None = None
    text_source: TextSource = "feed"
    text_problem: str | None = None
    author: str | None = None
    modified_at: datetime | None = None


# --- what the text says ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that names a topic or an actor (`id` is the topic's or the actor's)."""

    kind: MentionKind
    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who (`source`) is reported, by which words (`cue`), to say, think or do what (`content`).

    Each part is a tuple of spans, in text order; it may be discontinuous and `source` or `cue` may
    be empty. `actor_id` is the listed actor that the source resolves to, or None.
    """

    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]
    kind: AttributionKind
    actor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stance:
    """A holder's side on a topic, with the words that show it.

    `score` runs from -1 (against) to 1 (favor); `confidence` from 0 to 1 is the chance that the
    label is right. `(start, end)` is the evidence. `said_on` is the day of which the text speaks,
    None for the article's own; where `is_recalled`, the first day of a month or a year that is
    over: nobody can tell when in it, so it has no part in a series. `speaks_for` are the
    institutions the holder spoke for that day.
    `reported_by` is the actor who claims that the holder has this stance; None for the holder's
    own words and deeds.
    """

    actor_id: str
    topic_id: str
    label: Label
    score: float
    confidence: float
    start: int
    end: int
    kind: AttributionKind
    backend: str
    reported_by: str | None = None
    said_on: date | None = None
    is_recalled: bool = False
    speaks_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was read from one text; `skipped` says why it was not read, where it was not.

    `language` is told of texts on a topic only; None also where they are too short to tell.
    """

    mentions: tuple[Mention, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    stances: tuple[Stance, ...] = ()
    skipped: str | None = None
    language: str | None = None


# --- from stances to alerts ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observation:
    """What one story says of one actor on one topic: the unit that a series is made of.

    `score` in [-1, 1] and `confidence` combine the story's stances; `outlets` are all that carried
    it, or the agency whose report it is; `said_at` is when it was said, `seen_at` when we first
    knew.
    """

    story_id: str
    label: Label
    score: float
    confidence: float
    said_at: datetime
    seen_at: datetime
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a shift: its label, mean score, and the stories that make it, oldest first."""

    label: Label
    score: float
    story_ids: tuple[str, ...]
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of a series that a detector accepts.

    `changed_at` is when the first story of the new side was said; `confidence` from 0 to 1. A
    `reversal` goes from one side to the other, a `hardening` further from neutral, a `softening`
    towards it; a `first_stance` has no stories before it, a `silence` none after. `earliest_at` and
    `latest_at` bound the change date, where the detector says so.
    """

    before: Side
    after: Side
    changed_at: datetime
    confidence: float
    detector: str
    kind: ShiftKind = "reversal"
    earliest_at: datetime | None = None
    latest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that shows a side, and where it stands."""

    quote: str
    outlet: str
    title: str
    url: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """A shift that passed the guards and goes out, with all that its message needs.

    `recovers` is the id of the earlier alert that this one takes back: the series has returned to
    the side that it left then. `remark` is a sentence for people, where there is more to say.
    """

    alert_id: str
    shift_id: str
    actor_id: str
    actor_name: str
    topic_id: str
    topic_title: str
    from_label: Label
    to_label: Label
    changed_at: datetime
    decided_at: datetime
    stories: int
    outlets: int
    confidence: float
    before: tuple[Evidence, ...]
    after: tuple[Evidence, ...]
    kind: ShiftKind = "reversal"
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    severity: Severity = "medium"
    severity_reasons: tuple[str, ...] = ()
    recovers: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """What nobody wants to be alerted of from `starts_at` to `ends_at` (excluded).

    None as actor or topic means all of them.
    """

    silence_id: str
    actor_id: str | None
    topic_id: str | None
    starts_at: datetime
    ends_at: datetime
    comment: str = ""

    def covers(self, actor_id: str, topic_id: str, moment: datetime) -> bool:
        """Whether an alert of this actor on this topic would be silenced at that moment."""
        return (
            self.actor_id in {None, actor_id}
            and self.topic_id in {None, topic_id}
            and self.starts_at <= moment < self.ends_at
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is handed, in the form that it reads.

    `key` tells a repeat: it is the same whenever the same message is sent again.
    """

    subject: str
    body: str
    form: Form = "text"
    key: str = ""
