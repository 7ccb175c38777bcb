"""What is asked of hubs, what is believed of what they say, and whose signature is good."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.hubs import Hub
from monitors.websub import (
    LEASE,
    Plan,
    Subscription,
    Verification,
    callback_path,
    failed,
    is_callback_path,
    judge,
    plan_requests,
    read_signature,
    read_verification,
    secret_of,
    subscription_id,
)
from tests.builders import NOW

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
CALLBACK = "https://us.example/push"
HUB = Hub("https://hub.example/", "https://post.example/feed.xml")
ID = subscription_id("post", HUB, CALLBACK, KEY)
WANTED = {ID: ("post", HUB)}


def plan(known: list[Subscription], days: float = 0, *, wanted: bool = True) -> Plan:
    return plan_requests(WANTED if wanted else {}, known, CALLBACK, NOW + timedelta(days=days))


def asked() -> Subscription:
    (subscription,) = plan([]).asked
    return subscription


def live() -> Subscription:
    kept = judge(asked(), Verification("subscribe", HUB.topic, "c"), NOW).kept
    assert kept is not None
    return kept


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512", "SHA256"])
def test_every_method_of_the_recommendation_is_known(method: str) -> None:
    digest = hmac.new(b"secret", b"some body", method.lower()).hexdigest()
    for claimed, right in [(digest, True), (digest.upper(), True), (digest[::-1], False)]:
        signature = read_signature(f"{method}={claimed}", "secret")
        assert signature is not None
        signature.add(b"some ")
        signature.add(b"body")
        assert signature.is_right is right


@pytest.mark.parametrize(
    "header",
    ["", "sha256", "sha256=", "md5=" + "0" * 40, "sha1=xyz", "sha1 = " + "0" * 40, "=" + "0" * 40],
)
def test_what_is_no_signature_is_none(header: str) -> None:
    assert read_signature(header, "secret") is None


def test_a_signature_of_another_length_is_wrong() -> None:
    signature = read_signature("sha256=" + "0" * 40, "secret")
    assert signature is not None
    assert not signature.is_right


# --- paths ---------------------------------------------------------------------------------------


def test_a_path_is_told_from_all_others_by_the_key() -> None:
    path = callback_path(ID, KEY)
    assert is_callback_path(path, KEY)
    assert not is_callback_path(path, OTHER_KEY)
    assert secret_of(ID, KEY) not in path
    for other in (path[:-1], path + "0", path.upper(), ID, "", f"{ID}/{secret_of(ID, KEY)[:40]}"):
        assert not is_callback_path(other, KEY)
    assert not is_callback_path("\udcff/\u00e9", KEY)


def test_whatever_makes_up_a_subscription_makes_another_one() -> None:
    ids = {
        ID,
        subscription_id("other", HUB, CALLBACK, KEY),
        subscription_id("post", replace(HUB, url="https://other.example/"), CALLBACK, KEY),
        subscription_id("post", replace(HUB, topic="https://other.example/"), CALLBACK, KEY),
        subscription_id("post", HUB, "https://other.example", KEY),
        subscription_id("post", HUB, CALLBACK, OTHER_KEY),
    }
    assert len(ids) == 6


# --- what is asked -------------------------------------------------------------------------------


def test_a_new_hub_is_asked_once_and_then_later_and_later() -> None:
    first = asked()
    assert (first.mode, first.callback, first.asked_in_vain) == ("subscribe", CALLBACK, 1)
    assert plan([first], 0.03) == Plan()
    (second,) = plan([first], 0.05).asked
    assert second.next_ask_at - second.asked_at > 1.9 * (first.next_ask_at - first.asked_at)
    assert replace(second, asked_in_vain=20).asked_in_vain == 20
    (late,) = plan([replace(second, asked_in_vain=20)], 1).asked
    assert late.next_ask_at - late.asked_at < timedelta(days=1.2)


def test_a_live_one_is_asked_before_its_lease_ends() -> None:
    assert live().lease_ends_at == NOW + LEASE
    assert plan([live()], 5) == Plan()
    (renewed,) = plan([live()], 5.3).asked
    assert renewed.is_live(NOW + timedelta(days=6))
    assert not renewed.is_live(NOW + LEASE)


def test_what_never_began_is_forgotten_and_what_began_is_ended() -> None:
    assert plan([asked()], wanted=False) == Plan((), (ID,))
    assert plan([live()], 8, wanted=False) == Plan((), (ID,))
    (ending,) = plan([live()], 1, wanted=False).asked
    assert (ending.mode, ending.asked_in_vain) == ("unsubscribe", 1)
    assert plan([ending], 1.01, wanted=False) == Plan()
    assert plan([replace(ending, asked_in_vain=3)], 1.01, wanted=False) == Plan((), (ID,))
    (again,) = plan([ending], 1.01).asked
    assert again.mode == "subscribe"


def test_a_failure_says_why_and_waits_as_long_as_the_hub_wants() -> None:
    day = NOW + timedelta(days=1)
    assert failed(asked(), "no", day).next_ask_at == day
    assert failed(asked(), "no", NOW).next_ask_at == asked().next_ask_at
    assert failed(asked(), "no").detail == "no"


# --- what hubs say -------------------------------------------------------------------------------


def test_a_verification_is_read_from_the_query() -> None:
    query = {"hub.mode": "subscribe", "hub.topic": HUB.topic, "hub.challenge": "c"}
    for seconds, lease in [
        ("60", timedelta(minutes=1)),
        ("", LEASE),
        ("-5", LEASE),
        ("0", LEASE),
        ("9" * 12, timedelta(days=30)),
        ("9" * 5_000, LEASE),
    ]:
        said = read_verification(query | {"hub.lease_seconds": seconds})
        assert said == Verification("subscribe", HUB.topic, "c", lease)
    for challenge in ("", "a b", "a\nb", "\u00e9", "x" * 1_001):
        assert read_verification(query | {"hub.challenge": challenge}) is None
    assert read_verification({}) is None


@pytest.mark.parametrize(
    ("mode", "topic"),
    [("subscribe", "https://other.example/"), ("unsubscribe", HUB.topic), ("", HUB.topic)],
)
def test_what_is_not_wanted_is_not_confirmed_and_changes_nothing(mode: str, topic: str) -> None:
    verdict = judge(live(), Verification(mode, topic, "c"), NOW)
    assert (verdict.challenge, verdict.kept) == (None, live())


def test_of_what_is_not_known_nothing_is_confirmed() -> None:
    assert judge(None, Verification("subscribe", HUB.topic, "c"), NOW).challenge is None


def test_a_hub_that_refuses_is_asked_a_day_later() -> None:
    verdict = judge(live(), Verification("denied", HUB.topic), NOW)
    assert verdict.challenge == ""
    assert verdict.kept is not None
    assert not verdict.kept.is_live(NOW)
    assert verdict.kept.next_ask_at >= NOW + timedelta(days=1)
