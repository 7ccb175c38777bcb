"""The backend `entailment`: does the text entail what the definitions say of the holder?

Premise: the sentence before and the sentence. Hypotheses, H the holder's words in the sentence
("This text" where the text itself is asked about) and T the target's:

    favor     H {favor}.                 as in "Biden backs Taiwan's self-rule."
    against   H {against}.
    neutral   H is undecided about T.

With the chances f, a and n that a model gives each to be entailed, taken as independent: favor is
f(1-a), against a(1-f), neutral n(1-f)(1-a); none is the rest, so both sides at once are no side.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitors.errors import BackendError
from monitors.stance.excerpts import shorten
from monitors.stance.queries import StanceScore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitors.stance.options import EntailmentOptions
    from monitors.stance.queries import StanceBackend, StanceQuery

# Raise it with every change of the hypotheses or of what is made of their chances.
WORDING_VERSION = 1
HYPOTHESES = ("{holder} {favor}.", "{holder} {against}.", "{holder} is undecided about {target}.")
NO_HOLDER = "This text"
_ENTAILED = frozenset({"entailment", "entail", "entails", "entailed"})
_MOST_TEXT, _MOST_BEFORE, _MOST_SIDE = 1_200, 500, 600
_MOST_NAME = 100
_MOST_TOKENS = 512
_WEIGHTS = (".safetensors", ".bin")


class Entailment:
    """Scores queries with a cross-encoder for natural language inference."""

    def __init__(self, model: Any, tokenizer: Any, name: str, options: EntailmentOptions) -> None:
        """Take over a model in evaluation mode, and its tokenizer.

        Raises:
            BackendError: none of the model's labels, or more than one, means entailment.
        """
        self._model, self._tokenizer = model, tokenizer
        self._name, self._options = name, options
        self._column = entailment_column(model.config.id2label, name)
        self._most = min(_MOST_TOKENS, _positions(model.config), tokenizer.model_max_length)

    @property
    def name(self) -> str:
        return self._name

    def score(self, queries: Sequence[StanceQuery]) -> list[StanceScore]:
        """One score per query, in order.

        Raises:
            BackendError: the model's numbers are no numbers.
        """
        pairs = [pair for query in queries for pair in pairs_for(query)]
        chances: list[float] = [0.0] * len(pairs)
        for batch in _batches(pairs, self._options.batch_size):
            for place, chance in zip(batch, self._entailed([pairs[i] for i in batch]), strict=True):
                chances[place] = chance
        if not all(map(math.isfinite, chances)):
            raise BackendError(f"the model of {self._name} answers with what is no number")
        size = len(HYPOTHESES)
        return [score_from(*chances[at : at + size]) for at in range(0, len(chances), size)]

    def confidence_for(self, precision: float) -> float:
        """The precision itself: nobody has measured this model on stances."""
        return precision

    def _entailed(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """The chance that each premise entails its hypothesis."""
        import torch  # noqa: PLC0415 - an extra, and slow to import

        encoded = self._tokenizer(
            [premise for premise, _ in pairs],
            [hypothesis for _, hypothesis in pairs],
            truncation="longest_first",
            max_length=self._most,
            padding=True,
            return_tensors="pt",
        ).to(self._options.device)
        with torch.inference_mode():
            logits = self._model(**encoded).logits
        chances: list[float] = logits.double().softmax(-1)[:, self._column].tolist()
        return chances


def pairs_for(query: StanceQuery) -> list[tuple[str, str]]:
    """Premise and hypothesis, for favor, against and neutral."""
    query = shorten(query, most_text=_MOST_TEXT, most_before=_MOST_BEFORE, most_side=_MOST_SIDE)
    words = {
        "holder": NO_HOLDER if query.holder is None else _name(query.text, *query.holder),
        "target": _name(query.text, *query.target),
        "favor": query.favor.rstrip(" ."),
        "against": query.against.rstrip(" ."),
    }
    premise = _plain(f"{query.before} {query.text}".strip())
    return [(premise, _plain(hypothesis.format(**words))) for hypothesis in HYPOTHESES]


def score_from(favor: float, against: float, neutral: float) -> StanceScore:
    """The four answers from the chances that the three hypotheses are entailed."""
    neither = (1 - favor) * (1 - against)
    sides = favor * (1 - against), against * (1 - favor), neutral * neither
    return StanceScore(*sides, none=max(0.0, 1 - sum(sides)))


def entailment_column(labels: Mapping[Any, str], name: str) -> int:
    """Which of a model's labels means entailment, whatever their order and case.

    Raises:
        BackendError: none does, or more than one.
    """
    found = [int(key) for key, label in labels.items() if _is_entailment(label)]
    if len(found) != 1:
        shown = ", ".join(map(str, labels.values()))
        raise BackendError(
            f"{name} is no model for natural language inference: none of its labels, or more than"
            f" one, is `entailment` ({shown[:200]})"
        )
    return found[0]


def load(options: EntailmentOptions) -> StanceBackend:
    """The backend over the model that the options name; nothing is downloaded unless they say so.

    Raises:
        BackendError: the extra is not installed, or there is no such model, or it is of no use.
    """
    if not options.model:
        raise BackendError(
            "the backend entailment needs the `model` of [entailment] in settings.toml"
        )
    try:
        import torch  # noqa: F401, PLC0415 - an extra, and slow to import
        import transformers  # noqa: PLC0415
    except ImportError as error:
        raise BackendError(
            "the backend entailment needs more packages: pip install 'stancewatch[transformers]'"
        ) from error
    transformers.utils.logging.disable_progress_bar()
    folder = Path(options.model).expanduser()
    where = str(folder) if folder.is_dir() else options.model
    local = folder.is_dir() or not options.download
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(where, local_files_only=local)
        kind = transformers.AutoModelForSequenceClassification
        model = kind.from_pretrained(where, local_files_only=local)
        model = model.eval().to(options.device)
    except Exception as error:  # the libraries raise of all kinds
        raise BackendError(_not_loaded(options, error)) from error
    return Entailment(model, tokenizer, _full_name(folder, options.model, model.config), options)


def _not_loaded(options: EntailmentOptions, error: Exception) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    mend = "" if options.download else "; to fetch it from the hub, set download = true"
    return f"the model {options.model} of [entailment] cannot be loaded: {first}{mend}"


def _full_name(folder: Path, model: str, config: Any) -> str:
    """The model's name and version: other weights are another backend."""
    version = getattr(config, "_commit_hash", None) or ""
    if folder.is_dir():
        digest = hashlib.sha256()
        for path in sorted(folder.iterdir()):
            if path.suffix in _WEIGHTS or path.name == "config.json":
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        model, version = folder.resolve().name, digest.hexdigest()
    return f"entailment-{model}-{version[:8]}-w{WORDING_VERSION}"


def _positions(config: Any) -> int:
    """How many tokens the model has places for; some kinds of model keep two for themselves."""
    most = getattr(config, "max_position_embeddings", None)
    return most - 2 if isinstance(most, int) and most > 2 else _MOST_TOKENS  # noqa: PLR2004


def _is_entailment(label: object) -> bool:
    return str(label).strip().casefold() in _ENTAILED


def _name(text: str, start: int, end: int) -> str:
    return text[start : min(end, start + _MOST_NAME)]


def _plain(text: str) -> str:
    """Half characters, which tokenizers do not take, made whole."""
    return text.encode("utf-8", "replace").decode()


def _batches(pairs: Sequence[tuple[str, str]], size: int) -> Iterator[list[int]]:
    """Places in `pairs`, alike in length, so that little is padded."""
    order = sorted(range(len(pairs)), key=lambda place: sum(map(len, pairs[place])))
    for start in range(0, len(order), size):
        yield order[start : start + size]
