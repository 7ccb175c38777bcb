"""Which language a text is in: told where it is plain, and not guessed where it is not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# The languages that the models read.
READ = frozenset({"en"})
# Those that newsrooms write in. Of the 142 that the identifier knows, the rest are mostly what it
# takes a line of names for.
_NEWS = _words(
    "ar bg bn ca cs da de el en es et fa fi fr gu he hi hr hu id it ja ka kk km kn ko lo lt lv mk "
    "ml mr ms my ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
_WORD = re.compile(r"[^\W\d_]+")
# So much of a text tells its language.
_LOOKED_AT = 2_000
_FEWEST_LETTERS, _FEWEST_OF_OTHER_SCRIPTS = 30, 8
_LAST_LATIN = "\u024f"
# A text that is wrongly held to be foreign is lost, so there must be little doubt.
_SURE = 0.95
_SURE_OF_ENGLISH = 0.5
# A third of the words of English news are these; of other languages hardly one in ten.
_ENGLISH = _words(
    "a about after and are as at be been but by for from had has have he her his in is it its more "
    "new not of on or said says she than that the their they this to up was were which who will "
    "with would"
)
_ENGLISH_SHARE, _FEWEST_WORDS = 0.2, 12


def identify(text: str) -> str | None:
    """The language of `text` as an ISO 639-1 code; None where it is too short or too mixed to tell.

    Plain English is known by its small words. Only for what is not, a model of 80 MB is loaded.
    """
    start = text[:_LOOKED_AT]
    words = _WORD.findall(start.casefold())
    if len(words) >= _FEWEST_WORDS:
        small = sum(word in _ENGLISH for word in words)
        if "the" in words and small >= len(words) * _ENGLISH_SHARE:
            return "en"
    letters = "".join(words)
    latin = sum(letter <= _LAST_LATIN for letter in letters)
    # In another script it is foreign for certain, whichever of its languages it is.
    is_latin = latin * 2 >= len(letters)
    if len(letters) < (_FEWEST_LETTERS if is_latin else _FEWEST_OF_OTHER_SCRIPTS):
        return None
    language, sure = _identifier().classify(" ".join(start.split()))
    if language in READ:
        return language if sure >= _SURE_OF_ENGLISH else None
    return language if sure >= _SURE or not is_latin else None


def is_read(language: str | None) -> bool:
    """Whether there is a model for it; a language that is not known gets the benefit."""
    return language is None or language in READ


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    # Half a second and 80 MB, which an installation with English feeds never needs.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(_NEWS))
    return identifier
