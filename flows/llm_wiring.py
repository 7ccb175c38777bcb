"""From the settings to what the stance backends are told: models, endpoint, key, budget."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitors.errors import BackendError
from monitors.stance.options import BackendOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.config.backends import LlmTable
    from flows.settings import Settings
    from monitors.stance.chats import Chat

_log = logging.getLogger("stancewatch.backends")


def backend_options(settings: Settings, environ: Mapping[str, str]) -> BackendOptions:
    """The options of every backend; the way to a model of `llm` is made only where it is chosen.

    Raises:
        BackendError: the API key is missing, or cannot stand in a header.
    """
    entailment, llm = settings.entailment.options(), settings.llm.options()
    if settings.analysis.backend != "llm" or not settings.llm.endpoint:
        return BackendOptions(entailment, llm, tell=_log.warning)
    # aiohttp takes a while to import; other backends do without.
    from flows.llm_cache import FolderAnswers  # noqa: PLC0415

    answers = FolderAnswers(settings.llm.folder / "answers", settings.llm.endpoint, _log.warning)
    return BackendOptions(entailment, llm, _chat(settings.llm, environ), answers, _log.warning)


def _chat(table: LlmTable, environ: Mapping[str, str]) -> Chat:
    from flows.llm_budget import Budget, Limits  # noqa: PLC0415
    from flows.llm_transport import ChatSettings, HttpChat  # noqa: PLC0415

    limits = Limits(
        input_price=table.input_price,
        output_price=table.output_price,
        cost_per_run=table.max_cost_per_run,
        cost_per_day=table.max_cost_per_day,
        tokens_per_run=table.max_tokens_per_run,
    )
    settings = ChatSettings(
        endpoint=table.endpoint,
        key=_key(table.api_key_env, environ),
        requests_per_minute=table.requests_per_minute,
        timeout_s=table.request_timeout_seconds,
        retries=table.request_retries,
    )
    return HttpChat(settings, Budget(limits, table.folder, lambda: datetime.now(UTC)))


def _key(variable: str, environ: Mapping[str, str]) -> str:
    key = environ.get(variable, "").strip() if variable else ""
    if variable and not key:
        problem = "which `api_key_env` of [llm] names, is not set"
        raise BackendError(f"the environment variable {variable}, {problem}")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BackendError(f"what the environment variable {variable} holds is no API key")
    return key
