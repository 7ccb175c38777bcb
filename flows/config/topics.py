"""topics/*.toml -> topics, each with the document it came from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flows.config.tables import TopicFile
from flows.config.validation import validate
from monitors.records import Topic, TopicExample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from flows.config.documents import Document, Findings

    TopicSource = tuple[Topic, Document]


def read_topics(documents: Sequence[Document], findings: Findings) -> list[TopicSource]:
    """One topic per document that can be read, in their order; ids must be unique."""
    read: dict[str, TopicSource] = {}
    for document in documents:
        file = validate(document, TopicFile, findings)
        if file is None:
            continue
        if file.id in read:
            taken = f'the id "{file.id}" is taken by {read[file.id][1].place("id")}'
            findings.error(document, ("id",), taken, "Give each topic an id of its own.")
            continue
        topic = _topic(file)
        _check_excluded(topic, document, findings)
        _check_near(topic, document, findings)
        read[file.id] = (topic, document)
    return list(read.values())


def _topic(file: TopicFile) -> Topic:
    return Topic(
        topic_id=file.id,
        title=file.title,
        phrases=tuple(dict.fromkeys(file.phrases)),
        favor=file.favor,
        against=file.against,
        near=tuple(dict.fromkeys(file.near)),
        near_words=file.near_words,
        context=tuple(dict.fromkeys(file.context)),
        excluded=tuple(dict.fromkeys(file.excluded)),
        examples=tuple(
            TopicExample(row.text, row.actor, row.label, row.published) for row in file.example
        ),
    )


def _check_excluded(topic: Topic, document: Document, findings: Findings) -> None:
    """A phrase rules out the matches inside it: it must hold one, and more than that."""
    for index, phrase in enumerate(topic.excluded):
        if phrase in topic.phrases:
            problem = f'"{phrase}" stands in both `phrases` and `not`, so it never matches'
            findings.error(document, ("not", index), problem, "Remove it from one of them.")
        elif not any(_holds(phrase, known) for known in topic.phrases):
            problem = f'"{phrase}" contains none of the phrases, so it rules nothing out'
            mend = 'Write the longer name that is not meant, such as "Taiwan Semiconductor".'
            findings.warning(document, ("not", index), problem, mend)


def _holds(longer: str, phrase: str) -> bool:
    """Whether `phrase` stands in `longer` as whole words."""
    # The matcher would know best, but it takes a second to import.
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", longer, re.IGNORECASE) is not None


def _check_near(topic: Topic, document: Document, findings: Findings) -> None:
    """What must stand beside a phrase cannot be that phrase."""
    for key, words in (("near", topic.near), ("context", topic.context)):
        for index, phrase in enumerate(words):
            if phrase in topic.phrases:
                problem = f'"{phrase}" stands in both `phrases` and `{key}`, so it is its own proof'
                findings.warning(document, (key, index), problem, "Remove it from one of them.")
    if topic.near_words is not None and not topic.near:
        problem = "`near_words` says how far away, but there is no `near`"
        mend = "Add near = [...] with the words that must be there, or remove it."
        findings.error(document, ("near_words",), problem, mend)


def check_examples(
    read: Sequence[TopicSource], actor_ids: AbstractSet[str], findings: Findings
) -> None:
    """Each example must be about a listed actor."""
    for topic, document in read:
        for index, example in enumerate(topic.examples):
            if example.actor_id not in actor_ids:
                path = ("example", index, "actor")
                problem = f'there is no actor "{example.actor_id}"'
                findings.error(document, path, problem, "Use the id of an actor in actors.toml.")
