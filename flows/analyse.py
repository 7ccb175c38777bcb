"""Articles in, what they say out: the whole reading without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.watch import FOREIGN, read_text
from monitors.copies import sketch
from monitors.identity import article_id, content_hash
from monitors.stories import StoryIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flows.articles import GivenArticle
    from flows.wiring import Installation
    from monitors.records import Attribution, Mention, Stance


def analyse_articles(
    installation: Installation, articles: Iterable[GivenArticle], *, screen: bool = False
) -> Iterator[dict[str, object]]:
    """One row per article, in the same order, ready for JSON; spans point into its `text`.

    With `screen`, an article that names no watched topic is not read; one in a language without a
    model and one that takes too long never are. `skipped` says so.
    """
    stories = StoryIndex()
    for article in articles:
        analysis = read_text(installation, article.text, article.published_on, screen=screen)
        digest = article_id(article.url or article.given_id, content_hash(article.text))
        story_id = stories.assign(digest, article.text, sketch(article.text), article.published_at)
        yield {
            "id": article.given_id,
            "story_id": story_id,
            "mentions": [_mention(mention) for mention in analysis.mentions],
            "attributions": [_attribution(each) for each in analysis.attributions],
            "stances": [_stance(stance) for stance in analysis.stances],
            **({"skipped": analysis.skipped} if analysis.skipped else {}),
            **({"language": analysis.language} if analysis.skipped == FOREIGN else {}),
        }


def _mention(mention: Mention) -> dict[str, object]:
    return {"kind": mention.kind, "id": mention.id, "start": mention.start, "end": mention.end}


def _attribution(attribution: Attribution) -> dict[str, object]:
    return {
        "source": attribution.source,
        "cue": attribution.cue,
        "content": attribution.content,
        "kind": attribution.kind,
        "actor": attribution.actor_id,
    }


def _stance(stance: Stance) -> dict[str, object]:
    return {
        "actor": stance.actor_id,
        "topic": stance.topic_id,
        "label": stance.label,
        "score": round(stance.score, 4),
        "confidence": round(stance.confidence, 4),
        "start": stance.start,
        "end": stance.end,
        "reported_by": stance.reported_by,
        "kind": stance.kind,
        "backend": stance.backend,
    }
