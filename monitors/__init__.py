"""Decisions: pure functions over records, without network, database, clock or Prefect.

The way of an article is one straight line, each room taking one record and returning the next:

    feeds, pages -> identity, stories -> topics, actors -> attribution -> stance
        -> shifts -> alerts -> messages

`monitors.language` composes the rooms that read text. Clock, settings and loaded models arrive as
arguments; `flows` brings them.
"""
