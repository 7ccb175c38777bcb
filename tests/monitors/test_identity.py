"""Ids: the same content always gives the same one, and other content another."""

from __future__ import annotations

from monitors.identity import article_id, content_hash, stable_id, story_id_of


def test_ids_are_pinned() -> None:
    # Databases hold these: a change would make every article new.
    assert stable_id("x", "ab", "c") == "x430fb1b4ac43316e"
    assert content_hash("Some  text\n\nhere ") == content_hash("Some text here")
    digest = content_hash("Some text here")
    assert digest == "c7179e0d54589515e"
    assert article_id("https://example.com/", digest) == "ae7dff218a1a0446a"
    assert story_id_of("a") == "s4162fddd39a3e422"


def test_ids_tell_parts_apart() -> None:
    assert stable_id("x", "ab", "c") != stable_id("x", "a", "bc")
    assert stable_id("x", "a") != stable_id("x", "a", "")
    assert content_hash("Text") != content_hash("text")
    assert stable_id("x", "\ud800").startswith("x")
