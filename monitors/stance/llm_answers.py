"""The reply of a chat model -> checked answers. What does not pass the checks has a `Reason`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from monitors.stance.llm_prompts import HOLDER_MARKS, TARGET_MARKS
from monitors.stance.queries import Answer, StanceQuery, StanceScore

if TYPE_CHECKING:
    from collections.abc import Iterator

Reason = Literal[
    "refused",  # the model does not want to answer, or a filter stopped it
    "rejected",  # the server blames the request, in whatever form it is asked
    "cut off",  # the answer reached its limit of tokens
    "empty",  # no choices, no content, or a call of a tool instead
    "unreadable",  # no JSON in the content, or JSON of another shape
    "unanswered",  # no answer has the question's id
    "ambiguous",  # more than one has
    "schema",  # label, confidence or evidence is not what was asked for
    "evidence",  # the evidence does not stand in the text
    "budget",  # not asked: nothing more may be spent
]
ABSTAINED = StanceScore(0.0, 0.0, 0.0, 1.0)
# What models say of their own confidence is mostly too high: it is never believed beyond this.
SUREST = 0.95
# A `none` is never so unsure that something else becomes likelier.
_LEAST_NONE = 0.4
# Of what is left, this share is for `none`, the rest for the two other labels in halves: so an
# answer that doubts itself becomes no answer, not the opposite one.
_DOUBT_IS_NONE = 0.8
_LEAST_EVIDENCE = 3
_PLACES_TRIED = 40
_DECODER = json.JSONDecoder(parse_constant=lambda _: _no_number())
# Quotation marks, dashes and blanks, by what they are told as.
_SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys("\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00a0\u202f\n\r\t", " ")
)
_MARKS = str.maketrans("", "", "".join((*HOLDER_MARKS, *TARGET_MARKS)))


class UnusableError(Exception):
    """A whole reply that answers nothing."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Judgement(BaseModel):
    """One answer as the schema wants it; what models add to it is passed over."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    id: Annotated[str, BeforeValidator(_as_text)]
    label: Answer
    confidence: float = Field(ge=0, le=1)
    evidence: str = Field(max_length=5_000)


def read_content(body: bytes) -> str:
    """What the model wrote, from a chat completion.

    Raises:
        UnusableError: it wrote nothing.
    """
    choice = _first(_object(body).get("choices"))
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    reason = choice.get("finish_reason")
    if message.get("refusal") or reason == "content_filter":
        raise UnusableError("refused")
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        raise UnusableError("cut off" if reason == "length" else "empty")
    if reason == "length":
        raise UnusableError("cut off")
    return content


def read_judgements(content: str, ids: set[str]) -> dict[str, Judgement | Reason]:
    """An answer, or why there is none, for each of `ids`.

    Raises:
        UnusableError: there are no answers in the content.
    """
    found: dict[str, list[object]] = {id_: [] for id_ in ids}
    for item in _answers(content):
        id_ = _as_text(item.get("id")) if isinstance(item, dict) else None
        if isinstance(id_, str) and id_ in found:
            found[id_].append(item)
    return {id_: _judgement(items) for id_, items in found.items()}


def read_judgement(text: str) -> Judgement | None:
    """A judgement that was kept as JSON; None where it is damaged."""
    try:
        return Judgement.model_validate_json(text)
    except ValidationError:
        return None


def score_of(query: StanceQuery, judgement: Judgement) -> StanceScore | Literal["evidence"]:
    """The probabilities that a judgement amounts to; "evidence" where it has made its words up."""
    sure = min(judgement.confidence, SUREST)
    if judgement.label == "none":
        sure = max(sure, _LEAST_NONE)
        rest = (1 - sure) / 3
        return StanceScore(rest, rest, rest, sure)
    if not stands_in(judgement.evidence, query):
        return "evidence"
    left = 1 - sure
    shares = dict.fromkeys(("favor", "against", "neutral"), left * (1 - _DOUBT_IS_NONE) / 2)
    shares[judgement.label] = sure
    return StanceScore(**shares, none=1 - sum(shares.values()))


def stands_in(evidence: str, query: StanceQuery) -> bool:
    """Whether these very words stand in the sentence or the one before.

    Kinds of quotation marks, dashes and blanks count as the same, and the marks of the question
    may have been copied.
    """
    words = _plain(evidence.translate(_MARKS)).strip()
    if len(words) < _LEAST_EVIDENCE or not any(map(str.isalnum, words)):
        return False
    return any(words in _plain(text.translate(_MARKS)) for text in (query.text, query.before))


def read_usage(body: bytes) -> tuple[int, int] | None:
    """The tokens that a reply says it took, of prompt and answer; None if it does not say."""
    try:
        usage = _object(body).get("usage")
    except UnusableError:
        return None
    counts = usage if isinstance(usage, dict) else {}
    prompt, answer = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if type(prompt) is int and type(answer) is int and prompt >= 0 and answer >= 0:
        return prompt, answer
    return None


def _plain(text: str) -> str:
    return re.sub(" +", " ", text.translate(_SAME))


def _judgement(items: list[object]) -> Judgement | Reason:
    if len(items) != 1:
        return "ambiguous" if items else "unanswered"
    try:
        return Judgement.model_validate(items[0])
    except ValidationError:
        return "schema"


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise UnusableError("unreadable") from None
    if not isinstance(value, dict):
        raise UnusableError("unreadable")
    return value


def _first(choices: object) -> dict[str, Any]:
    if not isinstance(choices, list):
        raise UnusableError("unreadable")
    if not choices or not isinstance(choices[0], dict):
        raise UnusableError("empty")
    return choices[0]


def _answers(content: str) -> list[object]:
    """The list of answers in the content, whatever fence or chatter stands around it."""
    for value in _values(content):
        if isinstance(value, dict) and isinstance(value.get("answers"), list):
            return list(value["answers"])
        bare = value if isinstance(value, list) else [value]
        if any(isinstance(item, dict) and "id" in item and "label" in item for item in bare):
            return bare
    raise UnusableError("unreadable")


def _values(content: str) -> Iterator[Any]:
    """The JSON values that the content holds, first to last."""
    place = 0
    for _ in range(_PLACES_TRIED):
        opening = re.compile(r"[{\[]").search(content, place)
        if opening is None:
            return
        place = opening.start() + 1
        try:
            value, place = _DECODER.raw_decode(content, opening.start())
        except (ValueError, RecursionError):
            continue
        yield value


def _no_number() -> float:
    raise ValueError("not a number")
