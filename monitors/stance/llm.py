"""The backend `llm`: asks a chat model, and believes nothing of its answer that it cannot check.

    query -> kept answer, or prompt -> reply -> answer of the right shape -> verbatim evidence

A query without a usable answer is answered with `none`, and the reason is counted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitors.errors import BackendError, BudgetError
from monitors.stance.chats import SUCCESS, NoAnswers
from monitors.stance.llm_answers import (
    ABSTAINED,
    SUREST,
    Judgement,
    UnusableError,
    read_content,
    read_judgement,
    read_judgements,
    score_of,
)
from monitors.stance.llm_prompts import (
    PROMPT_VERSION,
    Dialect,
    answer_key,
    request_for,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from monitors.stance.chats import Answers, Chat
    from monitors.stance.llm_answers import Reason
    from monitors.stance.options import BackendOptions, LlmOptions
    from monitors.stance.queries import StanceBackend, StanceQuery, StanceScore

# So many replies in a row that answer nothing are no accident: the model or server will not do.
_MOST_UNUSABLE = 8
_MOST_COMPLAINT = 4_000
_TOLD: dict[Reason, str] = {
    "refused": "a question was refused by the model or a filter",
    "rejected": "a request was rejected by the server",
    "cut off": "an answer was cut off at its limit of tokens (`max_answer_tokens`)",
    "empty": "a reply had no answer in it",
    "unreadable": "a reply was not the JSON that was asked for",
    "unanswered": "a question was passed over",
    "ambiguous": "a question was answered more than once",
    "schema": "an answer had no proper label, confidence or evidence",
    "evidence": "the words given as evidence do not stand in the text",
    "budget": "the budget is spent",
}


class Llm:
    """Scores queries by asking a chat model."""

    def __init__(
        self, options: LlmOptions, chat: Chat, answers: Answers, tell: Callable[[str], None]
    ) -> None:
        self._options, self._chat, self._answers = options, chat, answers
        self._tell = tell
        self._dialect = Dialect()
        self._unusable = 0
        self._abstained: Counter[Reason] = Counter()

    @property
    def name(self) -> str:
        return f"llm-{self._options.model}-p{PROMPT_VERSION}"

    @property
    def abstained(self) -> Mapping[Reason, int]:
        """How many queries had no usable answer, by reason."""
        return dict(self._abstained)

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        """One score per query, in order; equal queries are asked once, known ones not at all.

        Raises:
            BudgetError: nothing more may be spent.
            BackendError: no reply comes, or none of many could be used.
        """
        asked = {query: answer_key(shortened(query), self._options) for query in queries}
        found: dict[str, Judgement | Reason] = {}
        for key in asked.values():
            kept = self._answers.get(key)
            judgement = None if kept is None else read_judgement(kept)
            if judgement is not None:
                found[key] = judgement
        for part in self._parts([query for query, key in asked.items() if key not in found]):
            found |= self._ask(part)
        return [self._score(query, found[asked[query]]) for query in queries]

    def confidence_for(self, precision: float) -> float:
        """The precision itself: nobody has measured this model; no answer is surer than 0.95."""
        return min(precision, SUREST)

    def _parts(self, queries: Sequence[StanceQuery]) -> Iterator[dict[str, StanceQuery]]:
        """The queries that go into one request, by their keys."""
        keyed = {answer_key(short := shortened(query), self._options): short for query in queries}
        keys, size = list(keyed), self._options.queries_per_request
        for start in range(0, len(keys), size):
            yield {key: keyed[key] for key in keys[start : start + size]}

    def _ask(self, part: Mapping[str, StanceQuery]) -> dict[str, Judgement | Reason]:
        """What one request brings for its queries; what can be used is kept."""
        ids = {str(number): key for number, key in enumerate(part, 1)}
        try:
            content = self._content({id_: part[key] for id_, key in ids.items()})
            judged = read_judgements(content, set(ids))
        except UnusableError as error:
            self._count_unusable(error.reason)
            return dict.fromkeys(part, error.reason)
        except BudgetError:
            if not self._options.abstain_when_spent:
                raise
            return dict.fromkeys(part, "budget")
        self._unusable = 0
        for id_, judgement in judged.items():
            if isinstance(judgement, Judgement):
                self._keep(ids[id_], part[ids[id_]], judgement)
        return {ids[id_]: judgement for id_, judgement in judged.items()}

    def _content(self, queries: Mapping[str, StanceQuery]) -> str:
        """What the model wrote, in the strictest form that its server can be asked for."""
        dialect: Dialect | None = self._dialect
        while dialect is not None:
            reply = self._chat.post(request_for(queries, self._options, dialect))
            if reply.status == SUCCESS:
                self._dialect = dialect
                return read_content(reply.body)
            complaint = reply.body[:_MOST_COMPLAINT].decode("utf-8", "replace").casefold()
            dialect = dialect.after(complaint)
        raise UnusableError("rejected")

    def _keep(self, key: str, query: StanceQuery, judgement: Judgement) -> None:
        """Made-up evidence is not kept: the answer is worth nothing with it or without."""
        if score_of(query, judgement) == "evidence" or judgement.label == "none":
            judgement = judgement.model_copy(update={"evidence": ""})
        self._answers.put(key, judgement.model_dump_json())

    def _count_unusable(self, reason: Reason) -> None:
        if reason == "refused":  # it understood, and may answer the next one
            return
        self._unusable += 1
        if self._unusable >= _MOST_UNUSABLE:
            self._unusable = 0
            raise BackendError(
                f"the model {self._options.model} answered {_MOST_UNUSABLE} requests in a row with"
                f" nothing that can be used (the last one: {reason})"
            )

    def _score(self, query: StanceQuery, judgement: Judgement | Reason) -> StanceScore:
        outcome = score_of(query, judgement) if isinstance(judgement, Judgement) else judgement
        if isinstance(outcome, str):
            self._abstained[outcome] += 1
            if self._abstained[outcome] == 1:
                self._tell(f"{self.name}: {_TOLD[outcome]}; abstained, as with all more like it")
            return ABSTAINED
        return outcome


def load(options: BackendOptions) -> StanceBackend:
    """The backend over a chat that has been set up elsewhere.

    Raises:
        BackendError: there is no chat, or no model is named.
    """
    if options.chat is None or not options.llm.model:
        raise BackendError("the backend llm needs `endpoint` and `model` of [llm] in settings.toml")
    answers = NoAnswers() if options.answers is None else options.answers
    return Llm(options.llm, options.chat, answers, options.tell)
