"""What single values in a configuration file must look like; each refusal carries its mend.

No future import of annotations here or in the modules of tables: pydantic reads them at run time.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from monitors import addresses

MAX_ID, MAX_LINE, MAX_PHRASE, MAX_PROSE, MAX_URL = 60, 200, 100, 5_000, 2_000

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_QUIET = re.compile(rf"({_CLOCK.pattern})-({_CLOCK.pattern})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def refusal(problem: str, mend: str) -> PydanticCustomError:
    """The error that a validator raises: what is wrong with the value, and the mend."""
    return PydanticCustomError("refused", "{problem}", {"problem": problem, "mend": mend})


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text) or len(text) > MAX_ID:
        words = re.findall(r"[a-z0-9]+", text.lower())
        example = "-".join(words)[:MAX_ID].strip("-") or "south-china-sea"
        raise refusal(
            "is not an id",
            f"Use lower-case letters, digits and single hyphens, such as {example}.",
        )
    return text


def _words(text: str) -> str:
    """One line of text, its runs of blanks made single."""
    words = " ".join(text.split())
    if not words:
        raise refusal("is blank", "Write something in it or remove it.")
    if _UNPRINTABLE.search(words):
        raise refusal("has control characters in it", "Type it again as plain text.")
    return words


def _with_letters(text: str) -> str:
    if not any(character.isalnum() for character in text):
        raise refusal("has no letter or digit", "Write words as they stand in a text.")
    return text


def _at_most(limit: int, mend: str) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > limit:
            raise refusal(f"is {len(text):,} characters long; the limit is {limit:,}", mend)
        return text

    return AfterValidator(check)


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise refusal("is not a time of day", 'Write hours and minutes, such as "07:00".')
    return text


def _quiet_span(text: str) -> str:
    span = _QUIET.fullmatch(text)
    if text and (span is None or span[1] == span[2]):
        raise refusal(
            "is not a span of hours", 'Write two different times of day, such as "22:00-07:00".'
        )
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise refusal(
            "is not the name of an environment variable",
            'Name the variable that holds the URL, such as "STANCEWATCH_SLACK_URL".',
        )
    return text


def url_problem(url: str) -> str | None:
    """Why `url` is not one that can be dialled safely, never quoting it: it may hold secrets."""
    if _UNPRINTABLE.search(url):
        return "has a line break or control character in it"
    if " " in url or "\\" in url:
        return "has a blank or a backslash in it"
    if len(url) > MAX_URL:
        return f"is longer than {MAX_URL:,} characters"
    if not _SCHEME.match(url):
        return "has no scheme such as https://"
    return None


def _channel_url(url: str) -> str:
    problem = url_problem(url)
    if problem:
        raise refusal(problem, 'Write it as one piece, such as "mailto://…" or "console://".')
    return url


def _feed_url(url: str) -> str:
    problem = url_problem(url) or _web_problem(url)
    if problem:
        raise refusal(problem, 'Write the feed\'s full address, such as "https://example.org/rss".')
    return url


def _web_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https"):
        return f"starts with {parts.scheme}://; feeds are fetched by http or https only"
    return addresses.url_problem(url) if host else "names no host"


Slug = Annotated[str, AfterValidator(_slug)]
Line = Annotated[str, AfterValidator(_words), _at_most(MAX_LINE, "Shorten it.")]
Phrase = Annotated[
    str,
    AfterValidator(_words),
    AfterValidator(_with_letters),
    _at_most(MAX_PHRASE, "Give the few words that a text would use."),
]
Prose = Annotated[str, AfterValidator(_words), _at_most(MAX_PROSE, "Shorten it.")]
Clock = Annotated[str, AfterValidator(_clock)]
QuietSpan = Annotated[str, AfterValidator(_quiet_span)]
Variable = Annotated[str, AfterValidator(_variable)]
ChannelUrl = Annotated[str, AfterValidator(_channel_url)]
FeedUrl = Annotated[str, AfterValidator(_feed_url)]
