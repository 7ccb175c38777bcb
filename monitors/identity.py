"""What makes two things the same: ids from content, and the address that a page is kept under."""

from __future__ import annotations

import hashlib

__all__ = ["article_id", "content_hash", "stable_id", "story_id_of"]


def stable_id(prefix: str, *parts: str) -> str:
    """The id that `parts` always give: `prefix` and 16 hexadecimal digits of their SHA-256."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        # With its length, so that ("ab", "c") and ("a", "bc") differ.
        digest.update(b"%d:" % len(encoded) + encoded)
    return prefix + digest.hexdigest()[:16]


def content_hash(text: str) -> str:
    """A hash of `text` that does not see how it is spaced and broken into lines."""
    return stable_id("c", " ".join(text.split()))


def article_id(url: str, content_hash: str) -> str:
    """The id of one version (`content_hash`) of the text at a canonical URL."""
    return stable_id("a", url, content_hash)


def story_id_of(article_id: str) -> str:
    """The id of the story that this article is the first of."""
    return stable_id("s", article_id)
