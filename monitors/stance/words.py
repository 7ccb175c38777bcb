"""The words of the stance lexicon: what supports, what opposes, what turns a side round.

Lemmas; `stem` joins their forms. The lists are this project's own; what each kind of evidence is
worth was measured on the training half of the pairs (see `lexicon.PRECISION`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitors.wordlists import word_set

_SUFFIXES = (
    "ations", "ation", "ments", "ment", "ions", "ion", "ings", "ing", "ied", "ies", "edly", "ed",
    "es", "s", "e", "y",
)  # fmt: skip
_IRREGULAR = {
    "sold": "sell", "sale": "sell", "sales": "sell", "told": "tell", "wrote": "writ",
    "written": "writ", "thought": "think", "sent": "send", "sends": "send", "sending": "send",
    "fought": "fight", "sought": "seek",
    "withdrew": "withdraw", "withdrawn": "withdraw", "withdrawal": "withdraw",
    "left": "leave", "leaving": "leave", "kept": "keep", "began": "begin", "said": "say",
    "opposition": "oppos", "denial": "deny",
    "refusal": "refus", "rejection": "reject", "criticism": "critic", "criticisms": "critic",
    "criticize": "critic", "criticized": "critic", "criticizing": "critic", "criticizes": "critic",
    "criticise": "critic", "criticised": "critic", "criticising": "critic", "criticises": "critic",
    "endorsement": "endors", "defence": "defend", "defense": "defend", "threatening": "threat",
    "threaten": "threat", "threatened": "threat", "threatens": "threat", "repeal": "repeal",
    "forbade": "forbid", "forbidden": "forbid", "overthrew": "overthrow", "broke": "break",
    "upheld": "uphold", "gave": "give", "given": "give", "stood": "stand", "tore": "tear",
    "torn": "tear", "pulled": "pull", "shot": "shoot", "unification": "reunif",
    "reunification": "reunif", "praise": "prais", "saved": "save", "saves": "save",
    "saving": "save", "forcible": "forc", "forcibly": "forc", "invasion": "invad",
    "exports": "export", "stability": "stabil", "stable": "stabil", "approval": "approv",
    "disapproval": "disapprov", "removal": "remov", "dismissal": "dismiss", "support": "support",
    "deployed": "deploy", "fed": "feed", "vetoes": "veto", "vetoed": "veto", "legalize": "legal",
}  # fmt: skip
_DOUBLE = re.compile(r"(bb|dd|gg|mm|nn|pp|rr|tt)$")
_MIN_STEM = 3


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A rough stem of a casefolded word: forms of one verb and its noun mostly meet in it."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > _MIN_STEM:
        for suffix in _SUFFIXES:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                continue
            if suffix == "y" and word[-2] in "aeiou":
                continue
            if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
                root = word[: -len(suffix)]
                return root[:-1] if _DOUBLE.search(root) and len(root) > _MIN_STEM else root
    return word


def stems_of(text: str) -> frozenset[str]:
    """The stems of the words of `text`."""
    return frozenset(stem(word) for word in text.split())


# Verbs and nouns that put their object on the favoured side.
SUPPORT = stems_of(
    """support back endorse defend praise welcome champion embrace applaud hail laud commend
    advocate promote protect preserve save sign enact approve ratify strengthen expand arm
    reaffirm uphold celebrate tout bolster fund finance assist aid help encourage thank admire
    congratulate restore revive extend legalize respect trust honor honour cheer
    sponsor favor favour safeguard maintain keep adopt implement
    authorize authorise establish introduce pass enforce rejoin
    salute vouch backing endorsement commitment advocate love
    impose order launch deploy reinstate nominate confirm appoint pick
    tighten toughen widen increase prais""",
)
# Verbs and nouns that put their object on the opposed side.
OPPOSE = stems_of(
    """oppose condemn criticize denounce reject ban block attack slam blast decry dismiss
    sanction veto repeal scrap kill dismantle undo overturn abolish outlaw prohibit restrict
    punish accuse blame mock ridicule assail rebuke deride bash rip lambast lambaste
    withdraw abandon quit exit ditch leave end terminate halt prevent curb limit
    sue threaten warn protest object resist undermine sabotage disavow distance distrust mistrust
    oust remove overthrow impeach fire expel crack cancel suspend revoke rescind gut
    defund weaken eliminate delay postpone obstruct thwart derail nix torpedo vilify demonize
    disparage belittle slash cut ease lift loosen roll lament deplore
    chide scold admonish fault question challenge dispute opposition
    skeptical sceptical critical hate despise dislike fear concern worry alarm outrage
    contempt hostile evade circumvent dodge tear reverse bar forbid blacklist crackdown antagonize
    snub boycott shun retaliate disapprove refute scuttle shelve unwind renege violate breach
    divest""",
)
# What turns the side of what follows.
NEGATIONS = word_set(
    """not never no neither nor without cannot nobody none hardly barely unlikely"""
)
REVERSERS = stems_of("refuse decline deny fail reluctant hesitate stopped unwilling avoid refrain")
# Passing wishes and duties on: "wants to ___", "called for ___", "urged Congress to ___".
PASSING = stems_of(
    """want seek call urge demand push propose plan vow pledge promise need must should intend
    aim try attempt press ask order vote express voice reiterate repeat decide move work effort
    wish hope agree consider bid
    lead direct instruct request begin start continue effort
    decision proposal campaign encourage persuade force pressure calls threaten act""",
)
GOOD = stems_of(
    """great good wonderful fantastic excellent important essential vital crucial right success
    successful tremendous terrific strong smart best historic necessary hero brilliant amazing
    fair friend beautiful legitimate constitutional qualified outstanding honest
    incredible impressive winner honorable remarkable valuable better""",
)
BAD = stems_of(
    """bad terrible horrible disaster disastrous wrong threat dangerous danger failure failed
    unconstitutional illegal unfair unacceptable worst catastrophe catastrophic mistake outrageous
    disgrace disgraceful shameful reckless irresponsible corrupt crook crooked liar lying weak
    racist hoax fraud scandal immoral cruel inhumane harmful devastating broken job-killing
    flawed dishonest sham unfit incompetent ridiculous insane crazy nasty
    horrific tyranny abuse unjust illegitimate overreach shame pathetic sad stupid ineffective
    loser provocation provocative aggression""",
)
# Words that open another clause: a cue on the far side does not reach over.
CLAUSE_BREAKS = word_set(
    """while although though whereas because despite unless if when after before since until as
    but who which where whose"""
)
LIGHT = word_set(
    """a an the it its them their they those these this that he his him she her or and of for
    to on in at by with over under about from into toward towards across against than as is
    are be been was were not no any all other others such so it's is who what which when
    abroad out up off down between among same own more most dealings calls call wants want
    seeks makes make gives give takes take acts act deals deal goes go gets get has have
    doing does do did well together with sides side things thing people countries country
    sees puts put says say u s 's t"""
)
SPEAKING = stems_of(
    """say tell add note report announce argue explain declare claim warn urge insist write tweet
    state reply respond conclude stress emphasize emphasise underscore underline reiterate repeat
    remark concede admit promise pledge vow assert complain joke charge accuse call describe
    maintain contend believe think stated suggest recall acknowledge ask continue""",
)
PAST_FORMS = word_set(
    """left kept gave stood tore shot fought sought withdrew cut quit upheld led put began sold sent
    told made took held met built bought spent set let hit won lent shut said thought knew saw came
    went found felt wrote spoke became got drew chose broke swore heard meant brought ran rose"""
)
FIRST_PERSON = word_set("i we our my us")
# Whose deeds and words are the holder's own: "the Trump ___ said".
VOICES = word_set(
    """administration campaign spokesman spokeswoman spokesperson government team office
    officials official aides leaders leadership lawmakers senators"""
)
# "will not ___" is to oppose.
SUFFERING = stems_of("allow tolerate accept permit stand condone")
# Somebody who does it, not the doing; "supporters" and the like have stems of their own.
DOERS = word_set("critic critics ally allies funding opponent opponents")
# Forms that are mostly something else than the stem's lemma.
NEVER = word_set(
    """well order orders raised all ally allies fine picks left cool exit exits maintained past
    friends funds fund increases increase charge cases limited ends question questions
    challenge challenges tears passed pass launch launched extended introduced"""
)
NOUNS_AFTER = word_set("ban bans repeal crackdown curbs restrictions")
# After the target's name these make another thing of it: "Obamacare reform", "White House hopes".
OTHER_THINGS = word_set(
    """reform reforms replacement alternative alternatives hopes bid market markets candidate
    opponents opponent critics critic race nomination run supporters votes voters compromise
    talks negotiations counterpart ambassador users videos"""
)
# What somebody's own is what he stands for: "Trump's tariffs", "Obama's health law".
POLICIES = stems_of(
    """law bill act deal agreement accord pact treaty ban tariff plan policy order program programme
    cut reform rule control curb restriction sanction lockdown crackdown wall mandate initiative
    strategy campaign push war""",
)
# Cues of two words; those of moves need the move before them ("pulled out of").
PAIRS_ALONE = {
    ("call", "for"): 1, ("push", "for"): 1, ("press", "for"): 1, ("stand", "with"): 1,
    ("stand", "by"): 1, ("sid", "with"): 1, ("rid", "of"): -1, ("stand", "against"): -1,
    ("speak", "against"): -1, ("vot", "for"): 1, ("vot", "against"): -1, ("lobby", "for"): 1,
    ("lobby", "against"): -1, ("campaign", "for"): 1, ("campaign", "against"): -1,
    ("critical", "of"): -1, ("supportiv", "of"): 1, ("wary", "of"): -1, ("proud", "of"): 1,
    ("rail", "against"): -1, ("agre", "to"): 1,
}  # fmt: skip
PAIRS_OF_MOVES = {
    ("out", "of"): -1, ("away", "from"): -1, ("away", "at"): -1, ("away", "with"): -1,
    ("back", "on"): -1, ("back", "against"): -1, ("out", "at"): -1, ("out", "against"): -1,
}  # fmt: skip
MOVES = stems_of(
    "pull take took walk drop opt step chip do push lash come came hit move get speak spoke"
)
# "has indisputable sovereignty": what one has is what one stands for, if it is a topic's thing.
HAVING = stems_of("have has had hold holds enjoys asserts")
# Too common to stand for a side alone.
VAGUE = stems_of(
    """change hand line part use way day foreign water ship there right rule drive free goods year
    new world level long end open public power state force""",
)
# "the law against ___", "its case against ___".
AGAINST_AFTER = POLICIES | stems_of("action case measure move step evidence charge complaint")
# What passes on to a clause of its own: "signed an order that will ban ___".
ENACTING = stems_of(
    """sign issue unveil draft approve pass propose introduce announce back support endorse enact
    veto block revoke uphold overturn reject oppose suspend""",
)
# Whoever is told to do something is not thereby backed or opposed.
ORDERING = stems_of(
    "order tell ask urge force press direct want require instruct demand call get let"
)
