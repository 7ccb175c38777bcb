"""The tables of settings.toml for the stance backends that are off by default.

No future import of annotations: pydantic reads them at run time.
"""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from flows.config.checks import refusal, url_problem
from flows.config.documents import Document, Findings
from flows.config.tables import Table
from monitors.stance.options import EntailmentOptions, LlmOptions

if TYPE_CHECKING:
    from flows.config.options import Settings

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_HUB_NAME = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100})?")
_EXAMPLE = 'Write it as in "http://localhost:11434/v1".'


def _endpoint(url: str) -> str:
    if url:
        problem = url_problem(url) or _endpoint_problem(url)
        if problem:
            raise refusal(problem, _EXAMPLE)
    return url.rstrip("/")


def _endpoint_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https"):
        return "starts with neither http:// nor https://"
    if not host:
        return "names no host"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "has more in it than host and path: a key goes into `api_key_env`'s variable"
    if parts.path.rstrip("/").endswith("/chat/completions"):
        return "ends in /chat/completions, which is added to it"
    return None


def _variable(name: str) -> str:
    # Never quoted, and no lower-case letters: what stands here may be the key itself.
    if name and not _VARIABLE.fullmatch(name):
        raise refusal(
            "is not the name of an environment variable in capitals",
            'Put the key into a variable and name that, such as "STANCEWATCH_LLM_KEY".',
        )
    return name


def _name(text: str) -> str:
    if not text.isprintable() or text != text.strip() or len(text) > 200:  # noqa: PLR2004
        raise refusal("is not a model's name", "Write it in one line of at most 200 characters.")
    return text


def _folder(value: object) -> Path:
    text = str(value) if isinstance(value, str | Path) else ""
    if not text.strip() or not text.isprintable():
        raise refusal("is not the name of a folder", 'Write one such as "data/llm".')
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise refusal("starts with a home folder that is not known", "Write it in full.") from None


ModelName = Annotated[str, AfterValidator(_name)]


class EntailmentTable(Table):
    """A model for natural language inference, on this machine."""

    model: ModelName = ""
    batch_size: int = Field(default=16, ge=1, le=1_024)
    device: Literal["cpu", "cuda"] = "cpu"
    download: bool = False

    def options(self) -> EntailmentOptions:
        return EntailmentOptions(**self.model_dump())


class LlmTable(Table):
    """A chat model behind an OpenAI-compatible endpoint; prices are per million tokens."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = ""
    model: ModelName = ""
    api_key_env: Annotated[str, AfterValidator(_variable)] = ""
    queries_per_request: int = Field(default=1, ge=1, le=20)
    max_answer_tokens: int = Field(default=300, ge=100, le=100_000)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    requests_per_minute: int = Field(default=60, ge=1, le=10_000)
    request_timeout_seconds: float = Field(default=60, gt=0, le=3_600)
    request_retries: int = Field(default=2, ge=0, le=10)
    input_price: float = Field(default=0, ge=0, le=10_000)
    output_price: float = Field(default=0, ge=0, le=10_000)
    max_cost_per_run: float = Field(default=1, ge=0, le=1_000_000)
    max_cost_per_day: float = Field(default=5, ge=0, le=1_000_000)
    max_tokens_per_run: int = Field(default=1_000_000, ge=1_000, le=10**12)
    when_spent: Literal["stop", "abstain"] = "stop"
    folder: Annotated[Path, BeforeValidator(_folder)] = Path("data/llm")

    def options(self) -> LlmOptions:
        return LlmOptions(
            model=self.model,
            queries_per_request=self.queries_per_request,
            answer_tokens=self.max_answer_tokens,
            seed=self.seed,
            abstain_when_spent=self.when_spent == "abstain",
        )


def check_backend(
    settings: "Settings", document: Document, environ: Mapping[str, str], findings: Findings
) -> None:
    """What the chosen backend lacks, over what single values can tell."""
    backend = settings.analysis.backend
    if backend == "entailment":
        _check_entailment(settings.entailment, document, findings)
    if backend == "llm":
        _check_llm(settings.llm, document, environ, findings)


def _check_entailment(table: EntailmentTable, document: Document, findings: Findings) -> None:
    if not table.model:
        problem = 'the backend "entailment" is chosen, but [entailment] names no `model`'
        mend = "Name a folder, or a model of the Hugging Face hub."
        findings.error(document, ("entailment", "model"), problem, mend)
    elif not _HUB_NAME.fullmatch(table.model) and not Path(table.model).expanduser().is_dir():
        mend = "A relative path counts from the folder that you work in."
        findings.error(document, ("entailment", "model"), "`model` is not a folder here", mend)


def _check_llm(
    table: LlmTable, document: Document, environ: Mapping[str, str], findings: Findings
) -> None:
    for key, mend in (("endpoint", _EXAMPLE), ("model", "Name one that the endpoint has.")):
        if not getattr(table, key):
            problem = f'the backend "llm" is chosen, but [llm] has no `{key}`'
            findings.error(document, ("llm", key), problem, mend)
    if table.api_key_env and not environ.get(table.api_key_env):
        problem = f"the environment variable {table.api_key_env} is not set"
        mend = "Set it to the key, or remove `api_key_env` where none is needed."
        findings.warning(document, ("llm", "api_key_env"), problem, mend)
    if table.endpoint and not _is_local(table.endpoint):
        _check_remote(table, document, findings)


def _check_remote(table: LlmTable, document: Document, findings: Findings) -> None:
    if table.endpoint.startswith("http://") and table.api_key_env:
        problem = "`endpoint` would send the key unencrypted to another machine"
        findings.error(document, ("llm", "endpoint"), problem, "Write https://.")
    if not (table.input_price or table.output_price):
        problem = "[llm] has no price, so only `max_tokens_per_run` limits what is spent"
        mend = "Write `input_price` and `output_price` per million tokens."
        findings.warning(document, ("llm", "input_price"), problem, mend)


def _is_local(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
