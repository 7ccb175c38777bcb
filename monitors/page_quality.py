"""Whether what was taken from a page is the article, or something that stands in its way.

A wall, an error or a list of links read as an article makes stances out of nothing; an article
that is taken for one costs its text beyond the summary. Articles write about cookies, paywalls and
captchas too, so telltale sentences count by the share of the text that they make up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitors.page_facts import PageFacts
    from monitors.records import PageProblem

# Texts of so many characters speak for themselves.
_LONG, _SHORT, _HARDLY_ANY = 2_000, 1_200, 200
_SHARE = 0.3
_LINK_SHARE = 0.5
_LAST_SENTENCES = 6
_ONCE_IS_ENOUGH = 400
# So many words of a feed's title and summary are needed to compare, and so large a part of them
# stands in the article that they announce.
_FEWEST_WORDS, _SHARED = 6, 0.3

_SENTENCE = re.compile(r"[^\n]+?(?:[.!?…](?=\s)|(?=\n)|$)")
_WORD = re.compile(r"[^\W\d_]{4,}")
_PAYWALL = re.compile(
    r"subscribe (?:now |today )?(?:to|and) (?:continue|keep|unlock|read|get (?:full|unlimited))"
    r"|(?:to|and) (?:continue|keep) reading|already (?:a |have a )?subscri\w+|already a member\?"
    r"|\bthis (?:article|story|content|page) is (?:only |exclusively )?"
    r"(?:for|available (?:only )?to|reserved for|exclusive to|behind)\b.{0,30}"
    r"(?:subscribers|members|paywall)"
    r"|become a (?:subscriber|member) (?:to|today|now)"
    r"|(?:sign|log) in or subscribe|subscribe or (?:sign|log) in"
    r"|unlock (?:this|the full) (?:article|story)"
    r"|to (?:read|unlock) (?:the|this) (?:full|rest|entire) (?:of )?(?:the )?(?:article|story)"
    r"|you.{0,10} (?:reached|used|read) (?:your|all (?:of )?your) .{0,30}(?:limit|articles)"
    r"|free articles? (?:left|remaining|this month)|start your (?:free )?(?:trial|subscription)"
    r"|subscribers?[- ]only|you need a subscription|choose (?:a|your) (?:plan|subscription)\b",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:we|our partners|this (?:web)?site)\b.{0,60}\b(?:use|uses|store|place|access)\b.{0,40}"
    r"\bcookies|^\s*cookie (?:policy|settings|preferences|notice)"
    r"|^\s*(?:accept|reject)(?: all)?(?: cookies)?\W*$"
    r"|manage (?:your )?(?:cookie|privacy|consent|choices|options)"
    r"|before you continue to|your privacy (?:matters|choices)|we value your privacy"
    r"|your consent\b|you.{0,20} consent to|legitimate interest|personali[sz]ed (?:ads|content)"
    r"|information on (?:a|your) device|process(?:ing of)? (?:your )?personal data",
    re.IGNORECASE,
)
_CAPTCHA = re.compile(
    r"(?:you're|you are|confirm|verify|prove|show)\b.{0,30}\b(?:not a (?:ro)?bot|human\b|a robot)"
    r"|\bcaptcha\b|unusual (?:traffic|activity) from|checking your browser|press (?:&|and) hold"
    r"|enable java\s?script and cookies|^\s*just a moment|^\s*access denied"
    r"|complete the (?:challenge|security check)|automated (?:access|requests)|\bray id\b"
    r"|security of your connection",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:log|sign) ?in to (?:your|continue|access|view|read)|forgot(?:ten)? (?:your )?password"
    r"|create (?:an|your) (?:free )?account|(?:don't|do not) have an account"
    r"|enter your (?:e-?mail|password)|register (?:for free )?to (?:continue|read|access)"
    r"|please (?:log|sign) in",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:40[34]|410|50[0-4])\b.{0,5}(?:error|page|not found|gone|forbidden)|\berror (?:40|50)\d\b"
    r"|\b(?:page|article|story|content|file)\b.{0,40}(?:not (?:be )?found|(?:doesn.t|does not|no "
    r"longer) exists?|unavailable|not available|has been (?:re)?moved|no longer available)"
    r"|^\s*(?:40[34]|not found)\b|something went wrong|internal server error"
    r"|temporarily unavailable|an error (?:has )?occurred|we can.{0,2}t find (?:the|this) page",
    re.IGNORECASE,
)
_WALLS: tuple[tuple[PageProblem, re.Pattern[str]], ...] = (
    ("captcha", _CAPTCHA),
    ("consent", _CONSENT),
    ("login", _LOGIN),
    ("paywall", _PAYWALL),
    ("error", _ERROR),
)


def wall_in(title: str, text: str, visible: str, facts: PageFacts) -> PageProblem | None:
    """What stands there in place of the article; None where nothing seems to.

    `text` is what was taken for the article, `visible` all that a reader sees of the page.
    """
    for problem, pattern in _WALLS:
        if _is_made_of(text, pattern):
            return problem
    if len(text) < _LONG and (not facts.is_free or _PAYWALL.search(_end(text))):
        return "paywall"
    if len(text) < _SHORT and _is_error_title(title):
        return "error"
    if len(text) < _SHORT and _link_share(text, facts.link_texts) >= _LINK_SHARE:
        return "links"
    if len(text) < _HARDLY_ANY:
        return _wall_seen(visible) or ("login" if facts.asks_password else "empty")
    return None


def misses_article(page_text: str, title: str, summary: str) -> PageProblem | None:
    """Whether a page's text cannot be the article that a feed announced so."""
    if len(page_text) <= len(summary):
        return "shorter"
    wanted = set(_WORD.findall(f"{title} {summary}".casefold()))
    found = set(_WORD.findall(page_text.casefold()))
    if len(wanted) >= _FEWEST_WORDS and len(wanted & found) < len(wanted) * _SHARED:
        return "unrelated"
    return None


def _wall_seen(visible: str) -> PageProblem | None:
    """The kind of wall that most of the page's sentences are of."""
    sentences = _sentences(visible)
    counts = {
        problem: sum(1 for sentence in sentences if pattern.search(sentence))
        for problem, pattern in _WALLS
    }
    most = max(counts, key=lambda problem: counts[problem])
    return most if counts[most] else None


def _is_made_of(text: str, pattern: re.Pattern[str]) -> bool:
    telling = [sentence for sentence in _sentences(text) if pattern.search(sentence)]
    least = 1 if len(text) < _ONCE_IS_ENOUGH else 2
    return len(telling) >= least and sum(map(len, telling)) >= _SHARE * len(text)


def _end(text: str) -> str:
    return "\n".join(_sentences(text)[-_LAST_SENTENCES:])


def _is_error_title(title: str) -> bool:
    """Whether the whole title is about an error, not a headline that has the words in it."""
    match = _ERROR.search(title)
    return match is not None and len(match[0]) * 2 >= len(title.partition("|")[0].strip())


def _link_share(text: str, link_texts: Iterable[str]) -> float:
    links = set(link_texts)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    linked = sum(len(line) for line in lines if line in links)
    return linked / max(sum(map(len, lines)), 1)


def _sentences(text: str) -> list[str]:
    # A sentence has no end in a text of one line; what is looked for stands within a few hundred.
    return [match[0][:1_000] for match in _SENTENCE.finditer(text[:50_000])]
