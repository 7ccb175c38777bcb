"""Words that tell what a name or a noun phrase stands for: titles, offices, kinds of bodies."""

from __future__ import annotations

from monitors.wordlists import word_set

# A noun that makes "a White House ___" speak for the White House.
OFFICIALS = word_set(
    """official officials spokesman spokesmen spokeswoman spokesperson spokespeople spokespersons
    minister ministers ministry ministries government administration authorities authority
    president premier chancellor leader leaders leadership regime cabinet embassy consulate
    ambassador ambassadors envoy envoys diplomat diplomats delegation negotiator negotiators
    secretary secretaries undersecretary commissioner regulator regulators department agency
    bureau council commission court military army navy marines airforce commander commanders
    general admiral media broadcaster newspaper daily press parliament adviser advisor advisers
    aide aides campaign team office palace statement communique readout counterpart chief head
    director chairman chairwoman executive executives ceo company firm lawyer lawyers king
    representative party senators lawmakers
    monarch emperor foreign defense defence state treasury finance trade commerce""",
)
# Somebody's relation to a name that makes it somebody else's voice.
OUTSIDERS = word_set(
    """critic critics supporter supporters ally allies rival rivals opponent opponents voter voters
    expert experts analyst analysts scholar scholars professor dissident dissidents activist
    activists journalist journalists reporter reporters correspondent citizen citizens resident
    residents student students user users consumer consumers son daughter wife brother sister
    father mother husband lobbyist lobbyists investor investors trader traders hacker hackers
    senator congressman congresswoman lawmaker mayor governor judge historian former ex
    businessman businessmen expatriate backer backers donor donors loyalist loyalists appointee
    watcher watchers economist economists author biographer protester protesters opposition""",
)
# What may stand before a surname without making it another person's.
TITLES = word_set(
    """mr mrs ms dr sir lord lady dame president vice premier chancellor minister secretary senator
    sen rep representative congressman congresswoman governor gov general gen admiral adm colonel
    col captain capt judge justice mayor ambassador chairman chairwoman chairperson speaker leader
    director king queen prince chief elect candidate nominee democrat republican democratic
    presidential former late prime foreign general-secretary comrade marshal majority minority
    counsel attorney special presidents judges senators congressmen assemblyman assemblywoman
    councilman councilwoman host billionaire mogul businessman incumbent frontrunner counterpart
    commander state""",
)
# Nouns that end the name of another thing: "Biden County", "Washington Post", "China Airlines".
NAME_ENDS = word_set(
    """county university college school institute foundation center centre library airlines airways
    airport bank street avenue road boulevard square tower towers hotel stadium park river sea
    post times daily examiner journal news tribune herald gazette morning sun globe monument
    mall club resort casino golf organization jr junior bay lake island islands beach heights
    mobile telecom unicom evergrande petroleum petrochemical railway eastern southern northern
    merchants nationals redskins wizards capitals commanders dc monthly quarterly review initiative
    hospital museum theatre theater symphony orchestra open cup grand prix games marathon
    sachs""",
)
# Words that, before a place, name another place or thing: "South China Sea", "West Taiwan".
NAME_STARTS = word_set(
    "south north east west southern northern eastern western new upper lower port"
)
# Offices that may stand before "of <place>" without naming another body ("President of China").
OF_HEADS = OFFICIALS | word_set("president people republic states government voice united")
# Words at the start of a sentence that are no first name.
SENTENCE_WORDS = word_set(
    """a an the this that these those he she it they we i you his her its their our my your but and
    or nor so yet for if as at by in on of to up with from into onto over under about after before
    since until while when where why how what who whom whose which because although though unless
    once like unlike both either neither each every all some any no not now then there here today
    yesterday tomorrow still also even just only again meanwhile however moreover instead perhaps
    maybe despite during amid among between against without within toward towards through
    did does do is was were are be been has have had can could will would shall should may might
    must let asked did last next first second monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december
    mainland modern communist imperial nationalist greater candidate""",
)
NOT_PEOPLE = NAME_ENDS | word_set(
    """house council ministry department committee congress senate party union nations states kong
    york city security national foreign office agency service commission court association group
    company corporation act treaty agreement war day week korea africa america carolina dakota
    jersey mexico hampshire zealand virginia zone strait street valley bureau administration
    federal international global american european chinese russian british french german israeli
    ukrainian iranian japanese republican democrat democratic supreme white wall silicon middle
    east west south north new hong san los las saudi united great air force navy army
    press reuters associated facebook twitter google""",
)
DEMONYMS = {
    "american": "United States",
    "chinese": "China",
    "russian": "Russia",
    "ukrainian": "Ukraine",
    "taiwanese": "Taiwan",
    "japanese": "Japan",
    "korean": "Korea",
    "iranian": "Iran",
    "israeli": "Israel",
    "british": "United Kingdom",
    "german": "Germany",
    "french": "France",
    "indian": "India",
    "philippine": "Philippines",
    "filipino": "Philippines",
    "vietnamese": "Vietnam",
    "australian": "Australia",
    "canadian": "Canada",
    "turkish": "Turkey",
    "dutch": "Netherlands",
    "polish": "Poland",
    "hungarian": "Hungary",
    "italian": "Italy",
    "spanish": "Spain",
    "belarusian": "Belarus",
    "saudi": "Saudi Arabia",
    "syrian": "Syria",
    "indonesian": "Indonesia",
    "malaysian": "Malaysia",
    "singaporean": "Singapore",
    "brazilian": "Brazil",
    "mexican": "Mexico",
    "pakistani": "Pakistan",
    "republican": "Republicans",
    "democratic": "Democrats",
}
# First names borne by women; of an actor, all others are taken for a man's.
WOMEN = word_set(
    """alexandra alexandria alice alison amanda amy andrea angela ann anna annalena anne annie
    audrey barbara becky beth betsy betty brenda brigitte caitlin carla carol caroline carolyn
    catherine charlotte chelsea cheryl christina christine cindy claire claudia condoleezza connie
    cynthia deborah debra denise diana diane dianne donna doris dorothy eleanor elena elise
    elizabeth ellen emily emma erica eva evelyn gina giorgia gloria hannah heather heidi helen
    hillary holly hua ilhan irene ivana ivanka jacinda jackie jane janet jen jenna jennifer jenny
    jessica jill jo joan joanna judith judy julia julie kaja kamala karen karine kate katherine
    kathleen kathy katie kayla kayleigh kellyanne kimberly kirsten kristen kristi lara laura lauren
    linda lisa liz liza loretta lori lucy madeleine malia mao margaret maria marie marilyn marine
    marsha martha mary maureen megan meghan melania melissa michelle monica nancy natalie nicole
    nikki nina olivia pam pamela patricia paula peggy penny phyllis rachel rashida rebecca rhonda
    roberta ronna rosa ruth sally samantha sandra sanna sara sarah sasha sharon sheila sophie
    stephanie sue susan suzanne sylvia tamara tammy tara teresa theresa tiffany tina tsai tulsi
    ursula valerie vanessa vera veronica vicki victoria virginia vivian wanda wendy yvonne""",
)
# First names borne by men.
MEN = word_set(
    """aaron adam adrian alan albert alexander alfred andrew andy anthony antonio antony arthur
    barack barron barry beau ben benjamin bernard bernie bill billy bob bobby boris brad
    bradley brendan brett brian bruce carl carlos charles charlie christopher chuck colin craig
    dan daniel danny dave david dean dennis dick dmitry don donald doug douglas ed eddie edward
    emmanuel eric erik ernest ethan eugene evan felix ferdinand francis frank franklin fred
    frederick gabriel gary gene geoffrey george gerald gordon graham greg gregory harold harry
    henry howard hunter ian isaac ivan jack jacob jaime james jared jason jay jeb jeff jeffrey
    jeremy jerome jerry jesse jim jimmy joe joel john johnny jon jonathan jose joseph josh
    joshua juan justin karl keith ken kenneth kevin kyle larry lawrence leo leon leonard lewis
    louis luis luke marc marco marcus mario mark martin matt matthew max michael miguel mike
    mitch mitchell mitt nathan neil nicholas nick noah norman oscar patrick paul pedro pete
    peter phil philip phillip pierre ralph rand raymond ricardo richard rick rob robert rodrigo
    roger ron ronald ross roy russell ryan samuel scott sean sergei seth simon stanley stephen
    steve steven stuart ted theodore thomas tim timothy todd tom tommy tony travis tyler vernon
    victor vincent vladimir volodymyr walter warren wayne william zachary""",
)
# First names borne by both, or that are surnames as well.
_EITHER = word_set(
    """alex allison ashley chris jamie jan jean jordan joyce kelly kerry kim lee leslie lindsay
    lindsey lynn pat ray robin sam shannon shirley stacy terry tracy""",
)
FIRST_NAMES = WOMEN | MEN | _EITHER
# First names that one person may have beside those that begin alike.
SHORT_NAMES = tuple(
    word_set(names)
    for names in (
        "james jim jimmy", "john jack", "robert bob bobby", "william bill billy", "edward ted ed",
        "theodore ted", "joseph joe", "michael mike mick", "richard dick rick", "anthony tony",
        "antony tony", "charles chuck", "elizabeth liz beth betty", "margaret peggy",
        "katherine kate kathy", "thomas tom", "ronald ron", "rafael ted", "willard mitt",
    )
)  # fmt: skip
MASCULINE = word_set("he him his himself")
FEMININE = word_set("she her hers herself")
