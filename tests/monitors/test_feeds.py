"""Feeds to entries: the formats alike, the broken ones mended, the hostile ones harmless."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitors.errors import NotAFeedError
from monitors.feeds import absolute_url, parse_feed
from monitors.records import Entry, FeedDocument

FEEDS = Path(__file__).parent / "feeds"
HOMOGLYPH = "\u0430"  # looks like an a
NOW = datetime(2024, 4, 3, tzinfo=UTC)
URL = "https://post.example/feed.xml"
FULL = (
    Entry(
        entry_id="post:1",
        title="Tariffs < 5%: \u201ca win\u201d, says AT&T",
        url="https://post.example/news/1?page=1&view=all",
        text="First paragraph, with a link.\n\nSecond one: 3 < 4 & so on.",
        summary="The short of it.",
        published_at=datetime(2024, 4, 2, 8, 15, tzinfo=UTC),
        updated_at=None,
        date_source="published",
    ),
    Entry(
        entry_id="https://post.example/news/2",
        title="No link but a permalink",
        url="https://post.example/news/2",
        text="Only a summary.",
        summary="Only a summary.",
        published_at=datetime(2024, 4, 2, 8, 0, tzinfo=UTC),
        updated_at=None,
        date_source="published",
    ),
    Entry(
        entry_id="https://other.example/story",
        title="No guid, no date",
        url="https://other.example/story",
        text="",
        summary="",
        published_at=None,
        updated_at=None,
        date_source="first_seen",
    ),
)


def parse(body: str | bytes, content_type: str | None = None, url: str = URL) -> FeedDocument:
    encoded = body.encode() if isinstance(body, str) else body
    return parse_feed(encoded, content_type=content_type, url=url, now=NOW)


def rss(*items: str, encoding: str = "utf-8") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>T</title>'
        f"<link>https://post.example/</link>{inner}</channel></rss>"
    )


def only(document: FeedDocument) -> Entry:
    (entry,) = document.entries
    return entry


# --- what is right -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "format_"),
    [("full.rss", "rss20"), ("full.atom", "atom10"), ("full.json", "json1.1")],
)
def test_every_format_gives_the_same_entries(name: str, format_: str) -> None:
    """Row 29: JSON Feed like the others."""
    document = parse((FEEDS / name).read_bytes())
    assert document == FeedDocument(
        title="The Daily Post & Courier",
        url="https://post.example/",
        language="en-GB",
        format=format_,
        entries=FULL,
        hubs=("https://hub.example/",),
        topic="https://post.example/feed.xml",
    )


def test_rdf_and_dublin_core() -> None:
    document = parse(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://post.example/"><title>T</title></channel>
        <item rdf:about="urn:1"><title>A</title><link>https://post.example/a</link>
        <dc:date>2024-04-01T09:00:00Z</dc:date></item></rdf:RDF>"""
    )
    entry = only(document)
    assert (document.format, entry.entry_id) == ("rss10", "urn:1")
    assert (entry.published_at, entry.date_source) == (
        datetime(2024, 4, 1, 9, tzinfo=UTC),
        "updated",
    )


def test_the_fullest_text_is_the_text() -> None:
    entry = only(parse(rss("<title>A</title><description>Short &amp;amp; sweet</description>")))
    assert (entry.text, entry.summary) == ("Short & sweet", "Short & sweet")


def test_titles_are_one_clean_line() -> None:
    """Row 23."""
    title = "&lt;b&gt;Big&lt;/b&gt;\n news\u202e &amp;amp; \u200bmore"
    assert only(parse(rss(f"<title>{title}</title>"))).title == "Big news & more"


# --- what is no feed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\t",
        b"\x00\x01\x02",
        b"<html><head><title>Log in</title></head><body><form></form></body></html>",
        b"<!DOCTYPE html>\n<title>x</title><p>rss</p>",
        b"<html><script>var x = '<rss version=\"2.0\"><channel></channel></rss>'</script></html>",
        b"<opml version='2.0'><body><outline text='x'/></body></opml>",
        b"just words",
        b"{}",
        b'{"version": "https://jsonfeed.org/version/1"}',
        b'{"version": "1", "items": []}',
        b"[1, 2]",
        b'{"a": ' + b"[" * 100_000,
        b"\xff\xfe",
        b"<rss" * 1000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_feed_is_told_apart(body: bytes) -> None:
    """Row 17."""
    with pytest.raises(NotAFeedError) as caught:
        parse(body)
    assert caught.value.reason == "not_a_feed"
    assert caught.value.detail


def test_a_body_that_is_a_path_or_an_address_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 51."""
    feed = tmp_path / "feed.xml"
    feed.write_text(rss("<title>Secret</title>"))
    monkeypatch.chdir(tmp_path)
    for body in (str(feed), "feed.xml", feed.as_uri(), "http://127.0.0.1:1/feed.xml"):
        with pytest.raises(NotAFeedError):
            parse(body)


def test_a_list_of_feeds_is_told_as_such() -> None:
    with pytest.raises(NotAFeedError, match="OPML"):
        parse("<opml version='2.0'><head/><body><outline text='x'/></body></opml>")


def test_feeds_of_rare_formats_are_feeds() -> None:
    rss11 = (
        '<Channel xmlns="http://purl.org/net/rss1.1#" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><title>T</title><items>'
        '<item rdf:about="u:1"><title>A</title><link>/a</link></item></items></Channel>'
    )
    cdf = (
        '<CHANNEL HREF="http://post.example/"><TITLE>T</TITLE>'
        '<ITEM HREF="https://post.example/a" LASTMOD="2024-04-02"><TITLE>A</TITLE></ITEM></CHANNEL>'
    )
    bare = "<channel><title>T</title><item><title>A</title><link>/a</link></item></channel>"
    prefixed = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title><a:entry>'
        '<a:title>A</a:title><a:link href="/a"/></a:entry></a:feed>'
    )
    for body, format_ in ((rss11, "rss11"), (cdf, "cdf"), (bare, "unknown"), (prefixed, "atom10")):
        document = parse(body)
        assert (document.title, document.format) == ("T", format_)
        assert (only(document).title, only(document).url) == ("A", "https://post.example/a")
    empty = '<rdf:RDF xmlns:rdf="u"><channel><title>T</title></channel></rdf:RDF>'
    assert (parse(empty).title, parse(empty).entries) == ("T", ())


def test_a_compressed_feed_is_unpacked_and_no_further_than_it_is_read() -> None:
    """Row 12, where the server does not say that it is compressed."""
    assert only(parse(gzip.compress(rss("<title>A</title>").encode()))).title == "A"
    bomb = rss("<title>A</title>", f"<title>{'x' * 50_000_000}")
    assert "only the first 10 MB were read" in parse(gzip.compress(bomb.encode())).problems
    with pytest.raises(NotAFeedError):
        parse(b"\x1f\x8b no archive")


def test_a_json_feed_may_name_its_version_by_the_number() -> None:
    body = {"version": "1.1", "items": [{"id": 1, "content_text": "A", "url": "/a"}]}
    entry = only(parse(json.dumps(body)))
    assert (entry.entry_id, entry.text, entry.url) == ("1", "A", "https://post.example/a")
    with pytest.raises(NotAFeedError):
        parse(json.dumps({"version": "1.1", "items": [{"id": 1, "name": "a part"}]}))


def test_titles_and_links_are_found_where_podcasts_and_atom_keep_them() -> None:
    itunes = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    episode = f"<itunes:title {itunes}>A</itunes:title><itunes:summary {itunes}>B</itunes:summary>"
    assert (only(parse(rss(episode))).title, only(parse(rss(episode))).text) == ("A", "B")
    elsewhere = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="https://post.example/f"/>'
        '<entry><id>1</id><content type="text/html" src="https://post.example/a"/></entry></feed>'
    )
    document = parse(elsewhere)
    assert (document.url, only(document).url) == (
        "https://post.example/f",
        "https://post.example/a",
    )


def test_entries_with_an_id_or_a_date_only_are_told_to_be_empty() -> None:
    document = parse(rss("<guid>1</guid>", "<pubDate>2024-04-02</pubDate>", "", "<title>A</title>"))
    assert [entry.is_empty for entry in document.entries] == [True, True, False]
    assert "empty entries were left out" in document.problems


def test_an_empty_feed_is_a_feed() -> None:
    assert parse(rss()).entries == ()
    assert parse('{"version": "https://jsonfeed.org/version/1", "items": []}').entries == ()


# --- encodings -----------------------------------------------------------------------------------

WORDS = {
    "euc-kr": "\uc11c\uc6b8 \ub274\uc2a4",
    "shift_jis": "\u6771\u4eac\u306e\u30cb\u30e5\u30fc\u30b9",
    "gb18030": "\u5317\u4eac\u65b0\u95fb",
    "gb2312": "\u5317\u4eac\u65b0\u95fb",
    "big5": "\u53f0\u7063\u65b0\u805e",
    "windows-1251": "\u041d\u043e\u0432\u043e\u0441\u0442\u0438",
    "koi8-r": "\u041d\u043e\u0432\u043e\u0441\u0442\u0438",
    "windows-1252": "caf\u00e9 \u201cx\u201d \u20ac5",
    "utf-8": "caf\u00e9 \u65b0\u805e",
    "utf-8-sig": "caf\u00e9 \u65b0\u805e",
    "utf-16": "caf\u00e9 \u65b0\u805e",
    "utf-16-be": "caf\u00e9 \u65b0\u805e",
    "utf-32": "caf\u00e9 \u65b0\u805e",
}


@pytest.mark.parametrize("encoding", WORDS)
@pytest.mark.parametrize("content_type", [None, "text/xml", "text/xml; charset=ISO-8859-1"])
def test_an_encoding_reads_like_its_utf8_twin(encoding: str, content_type: str | None) -> None:
    """Row 22."""
    document = rss(f"<title>{WORDS[encoding]}</title>", encoding=encoding)
    assert only(parse(document.encode(encoding), content_type)).title == WORDS[encoding]


@pytest.mark.parametrize("encoding", ["windows-1251", "euc-kr"])
def test_the_header_alone_can_name_the_encoding(encoding: str) -> None:
    document = rss(f"<title>{WORDS[encoding]}</title>").split("?>", 1)[1]
    title = only(parse(document.encode(encoding), f'text/xml; charset="{encoding}"')).title
    assert title == WORDS[encoding]


def test_a_wrong_declaration_is_seen_through_and_told() -> None:
    """Row 22."""
    document = rss("<title>caf\u00e9 \u65b0\u805e</title>", encoding="iso-8859-1")
    parsed = parse(document.encode("utf-8"))
    assert only(parsed).title == "caf\u00e9 \u65b0\u805e"
    assert parsed.problems == ("declared as cp1252, read as utf-8",)


def test_one_stray_byte_does_not_spoil_the_rest() -> None:
    body = rss("<title>caf\u00e9 \u65b0\u805e\u65b0\u805e\u65b0\u805e\u65b0\u805e X</title>")
    parsed = parse(body.encode().replace(b" X", b" \xff"))
    assert only(parsed).title.startswith("caf\u00e9 \u65b0\u805e")
    assert parsed.problems == ("1 characters are not utf-8",)


def test_encodings_that_are_not_for_text_are_not_tried() -> None:
    for name in ("punycode", "idna", "hex", "unicode_escape", "utf-7", "no-such"):
        assert only(parse(rss("<title>caf\u00e9</title>", encoding=name))).title == "caf\u00e9"


# --- what is broken ------------------------------------------------------------------------------


def test_a_cut_off_feed_keeps_its_whole_entries() -> None:
    """Row 14; that the feed is degraded and asked again: test_ingest.py."""
    whole = rss("<title>One</title><link>/1</link>", "<title>Two</title><description>Half of the")
    cut = parse(whole[: whole.index("</item></channel>")])
    assert [entry.title for entry in cut.entries] == ["One"]
    assert "cut off before its end" in cut.problems


def test_a_cut_within_a_tag_loses_no_whole_entry() -> None:
    whole = rss("<title>One</title>", "<title>Two</title>") + "<item about="
    assert len(parse(whole.replace("</channel></rss>", "")).entries) == 2


@pytest.mark.parametrize(
    "item",
    [
        "<title>Q & A</title>",
        "<title>Q &nbsp;& A</title>",
        "<title>Q &amp; A</title><b>",
        "<title>Q &amp; A</title><description><![CDATA[open",
    ],
)
def test_what_is_not_well_formed_is_mended_and_told(item: str) -> None:
    """Row 24."""
    document = parse(rss(item, "<title>Next</title>"))
    assert document.entries[0].title == "Q & A"
    assert "not well-formed XML" in document.problems


def test_undeclared_namespaces_are_declared() -> None:
    """Row 24: what the prefix usually stands for is read as if it had been declared."""
    body = '<content:encoded>Q &amp; A</content:encoded><x:y z:a="1"/><dc:date>2024-04-02</dc:date>'
    document = parse(rss(f"<title>A</title>{body}"))
    assert (only(document).text, only(document).published_at) == ("Q & A", DAY)
    assert document.problems == ("namespaces were not declared",)


def test_markup_and_ampersands_in_cdata_are_left_alone() -> None:
    cdata = "<description><![CDATA[<o:p>R&D &nbsp;&amp;nbsp; &#38;</o:p>]]></description>"
    document = parse(rss(f"<title>A</title>{cdata}<!-- Q & <y:z> -->"))
    assert (only(document).text, document.problems) == ("R&D &nbsp; &", ())


def test_an_element_that_is_closed_by_another_name_loses_nothing() -> None:
    """Row 24."""
    document = parse(rss("<title>A</titel><link>/a</link>", "<title>B</title><link>/b</link>"))
    assert [entry.url for entry in document.entries][-1] == "https://post.example/b"
    assert "not well-formed XML" in document.problems


def test_forbidden_characters_are_removed() -> None:
    """Row 23."""
    document = parse(rss("<title>a\x00b\x08c&#0;d&#x1F;e&#xD800;f&#99999999999;g</title>"))
    assert only(document).title == "abcdefg"
    assert document.problems == ("characters that XML forbids were removed",)


def test_words_before_the_feed_do_no_harm() -> None:
    notice = "\n<br />\n<b>Warning</b>: something on line <b>3</b><br />\n"
    assert only(parse(notice + rss("<title>A</title>"))).title == "A"


def test_elements_named_like_the_parsers_own_findings_do_no_harm() -> None:
    names = ("links", "content", "title_detail", "summary_detail", "published_parsed", "id", "link")
    items = [f"<title>A</title><{name}>x</{name}><{name} a='b'/>" for name in names]
    document = parse(rss(*items, "<title>Last</title>"))
    assert document.entries[-1].title == "Last"


# --- identity of entries -------------------------------------------------------------------------


def test_repeated_entries_are_kept_once() -> None:
    """Row 25."""
    same = "<guid>g</guid><title>A</title><link>/a</link>"
    document = parse(rss(same, same, "<guid>g</guid><title>A again</title>"))
    assert only(document).title == "A"
    assert document.problems == ("repeated entries were left out",)


def test_one_guid_on_two_links_is_two_entries() -> None:
    document = parse(
        rss(
            "<guid>g</guid><title>A</title><link>/a</link>",
            "<guid>g</guid><title>B</title><link>/b</link>",
        )
    )
    assert [entry.entry_id for entry in document.entries] == ["g", "https://post.example/b"]


def test_entries_without_guid_that_share_a_link_are_told_apart_by_their_text() -> None:
    items = [f"<title>{title}</title><link>/live</link>" for title in "ABA"]
    document = parse(rss(*items))
    assert [entry.title for entry in document.entries] == ["A", "B"]
    assert len({entry.entry_id for entry in document.entries}) == 2


def test_an_entry_without_guid_and_link_has_an_id_of_its_words() -> None:
    """Row 25."""
    first, second = (only(parse(rss("<title>A</title>"), url=url)) for url in (URL, ""))
    assert first.entry_id == second.entry_id
    assert first.entry_id.startswith("e")


# --- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a", "https://post.example/a"),
        ("a", "https://post.example/a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("http://Other.example/a b", "http://Other.example/a%20b"),
        ("https://ex\n ample.org/a", None),
        ("javascript:alert(1)", None),
        (" java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("https://good.example\\@evil.example/", None),
        ("https://[broken/", None),
        ("https://a.example:port/", None),
        ("http://", None),
        ("", None),
    ],
)
def test_links_are_web_addresses_or_none(link: str, url: str | None) -> None:
    """Row 28."""
    assert absolute_url(URL, link) == url


def test_links_resolve_against_the_feed_or_its_own_base() -> None:
    item = "<title>A</title><link>/a</link>"
    assert only(parse(rss(item), url="")).url == "https://post.example/a"
    assert only(parse(rss(item), url="https://mirror.example/x/")).url == "https://mirror.example/a"
    based = rss(item).replace("<item>", '<item xml:base="https://base.example/x/">')
    assert only(parse(based)).url == "https://base.example/a"


def test_a_guid_that_is_no_address_is_no_link() -> None:
    assert only(parse(rss("<guid>12345</guid><title>A</title>"))).url is None
    bad = parse(rss("<title>A</title><link>javascript:alert(1)</link>"))
    assert only(bad).url is None
    assert bad.problems == ("links that are no web addresses were left out",)


# --- dates ---------------------------------------------------------------------------------------

DAY = datetime(2024, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tue, 02 Apr 2024 10:00:00 GMT", DAY.replace(hour=10)),
        ("Tue, 2 Apr 2024 10:00:00 -0430", DAY.replace(hour=14, minute=30)),
        ("02 Apr 24 10:00 Z", DAY.replace(hour=10)),
        ("Tue, 02 Apr 2024 10:00:00 EST", DAY.replace(hour=15)),
        ("Tue, 02 Apr 2024 10:00:00 CEST", DAY.replace(hour=8)),
        ("Tue, 02 Apr 2024 10:00:00 IST", DAY.replace(hour=4, minute=30)),
        ("2024-04-02T10:00:00+09:00", DAY.replace(hour=1)),
        ("2024-04-02 10:00", DAY.replace(hour=10)),
        ("2024-04-02", DAY),
        ("Thu, 04 Apr 2024 00:00:00 GMT", NOW + timedelta(days=1)),
        ("Thu, 04 Apr 2024 00:00:01 GMT", None),
        ("Mon, 01 Jan 1780 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("Tue, 2 Apr 2024 10:00 +02:00", DAY.replace(hour=8)),
        ("Tue, 2 Apr 2024 10:00:00 GMT+2", DAY.replace(hour=8)),
        ("Tue, 2 Apr 2024 10:00:00 Europe/Paris", DAY.replace(hour=8)),
        ("Tue, 2 Apr 2024 10:00:00 ../../etc/passwd", DAY.replace(hour=10)),
        ("Tue, 2 Apr 2024 10:00:00 XYZ", DAY.replace(hour=10)),
        ("Tue Apr 02 10:00:00 EDT 2024", DAY.replace(hour=14)),
        ("April 2nd, 2024, 10:00 p.m. EST", datetime(2024, 4, 3, 3, tzinfo=UTC)),
        ("2-Apr-2024 12:30 AM", DAY.replace(minute=30)),
        ("2024/04/02 10:00", DAY.replace(hour=10)),
        ("20240402T100000Z", DAY.replace(hour=10)),
        ("2024-04-02T10Z", DAY.replace(hour=10)),
        ("2024-04-01T24:00:00Z", DAY),
        ("2024-04", datetime(2024, 4, 1, tzinfo=UTC)),
        ("02.04.2024 10:00", DAY.replace(hour=10)),
        ("26/03/2024 10:00", datetime(2024, 3, 26, 10, tzinfo=UTC)),
        ("02/04/2024 10:00", None),
        ("1712052000", DAY.replace(hour=10)),
        ("1712052000000", DAY.replace(hour=10)),
        ("mar., 2 avr. 2024 10:00:00 +0200", DAY.replace(hour=8)),
        ("2 de abril de 2024 10:00", DAY.replace(hour=10)),
        ("Di, 26 M\u00e4r 2024 10:00:00 +0100", datetime(2024, 3, 26, 9, tzinfo=UTC)),
        (
            "\u0412\u0442, 02 \u0430\u043f\u0440 2024 10:00 +0300",
            DAY.replace(hour=7),
        ),
        ("2024\ub144 4\uc6d4 2\uc77c \uc624\ud6c4 1:00", DAY.replace(hour=13)),
        ("2024\u5e744\u67082\u65e5 10:00", DAY.replace(hour=10)),
        ("Tue, 02 Apr 2024 25:00:00 GMT", None),
        ("1" * 100_000, None),
        ("31 Feb 2024", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_or_left_alone(written: str, expected: datetime | None) -> None:
    """Row 27."""
    document = parse(rss(f"<title>A</title><pubDate>{written}</pubDate>"))
    entry = only(document)
    assert entry.published_at == expected
    assert entry.date_source == ("published" if expected else "first_seen")
    told = ("dates that cannot be right or be read were not used",)
    assert document.problems == (() if expected else told)


def test_the_next_date_is_used_when_the_first_is_impossible() -> None:
    """Row 27."""
    entry = only(
        parse(
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>1</id>'
            "<title>A</title><published>2094-01-01T00:00:00Z</published>"
            "<updated>2024-04-02T00:00:00Z</updated></entry></feed>"
        )
    )
    assert (entry.published_at, entry.updated_at) == (DAY, DAY)
    assert entry.date_source == "updated"


# --- what is hostile -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, encoding: str) -> None:
    """Row 18."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    doctype = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY l0 "lol">{laughs}'
        f'<!ENTITY % p SYSTEM "http://127.0.0.1:1/p.dtd"> %p;]>'
    )
    document = rss("<title>A &x; &l8;</title>", encoding=encoding).replace("<rss", doctype + "<rss")
    started = time.perf_counter()
    entry = only(parse(document.encode(encoding)))
    assert "SECRET" not in entry.title
    assert "lollol" not in entry.title
    assert time.perf_counter() - started < 1


def test_entries_are_capped_and_that_is_told() -> None:
    """Row 20."""
    items = [f"<title>Item {number}</title>" for number in range(50_000)]
    started = time.perf_counter()
    document = parse(rss(*items))
    assert time.perf_counter() - started < 3
    assert [entry.title for entry in document.entries][::999] == ["Item 0", "Item 999"]
    assert document.problems == ("only the first 1000 entries were read",)
    many = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": str(number), "title": "x"} for number in range(1_001)],
    }
    capped = parse(json.dumps(many))
    assert (len(capped.entries), capped.problems) == (1000, document.problems)


def test_fields_and_bodies_are_capped_and_that_is_told() -> None:
    """Row 20."""
    long = parse(rss(f"<title>A</title><description>{'word ' * 200_000}</description>"))
    assert len(only(long).text) == 499_999
    assert long.problems == ("a field was cut at 500,000 characters",)
    first = "<title>A</title><link>/a</link>"
    huge = parse(rss(first, f"<title>B</title><description>{'word ' * 2_500_000}</description>"))
    assert only(huge).title == "A"
    assert "only the first 10 MB were read" in huge.problems


@pytest.mark.parametrize(
    "item",
    [
        f"<description>{'<div>' * 50_000}deep{'</div>' * 50_000}</description>",
        f"{'<x>' * 50_000}{'</x>' * 50_000}",
        f"<author>{'a' * 500_000}</author>",
        f"<author><![CDATA[{'a.' * 200_000}]]></author>",
        f"<description>{'&#' * 200_000}</description>",
        f"<description>{'&lt;' * 200_000}</description>",
        f"<description>{'<!' * 30_000}</description>",
        f"<link>{'http://' * 20_000}</link>",
        f"<description>{'a' * 1_000_000}</description>",
        f"<guid>{HOMOGLYPH * 1_000_000}</guid>",
        f"<pubDate>{'1 Apr ' * 200_000}</pubDate>",
        "<description><![CDATA[" * 100_000,
        "<!--" * 100_000,
    ],
    ids=lambda item: item[:24],
)
def test_hostile_entries_cost_little(item: str) -> None:
    """Rows 21 and 36."""
    started = time.process_time()
    document = parse(rss(f"<title>A</title>{item}", "<title>B</title>"))
    assert document.entries[0].title == "A"
    assert time.process_time() - started < 6
