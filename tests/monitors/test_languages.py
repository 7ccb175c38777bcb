from __future__ import annotations

import pytest

from monitors import languages
from monitors.languages import identify, is_read

SENTENCES = {
    "en": "The ministry said on Tuesday that it would review the export rules before the summer.",
    "de": "Das Ministerium teilte am Dienstag mit, es werde die Regeln vor dem Sommer prüfen.",
    "fr": "Le ministère a annoncé mardi qu'il allait revoir les règles d'exportation avant l'été.",
    "es": "El ministerio dijo el martes que revisará las normas de exportación antes del verano.",
    "nl": "Het ministerie zei dinsdag dat het de exportregels voor de zomer opnieuw zal bekijken.",
    "ru": "Министерство заявило во вторник, что пересмотрит правила экспорта до наступления лета.",
    "zh": "外交部发言人星期二表示坚决反对任何形式的台独分裂活动。",
    "ja": "外務省の報道官は火曜日の記者会見で、輸出規則を夏までに見直す方針を明らかにした。",
    "ar": "قالت الوزارة يوم الثلاثاء إنها ستراجع قواعد التصدير قبل حلول فصل الصيف المقبل.",
}


@pytest.mark.parametrize(("language", "sentence"), SENTENCES.items())
def test_a_sentence_of_news_is_enough(language: str, sentence: str) -> None:
    assert identify(sentence) == language
    assert is_read(language) == (language == "en")


@pytest.mark.parametrize(
    "text", ["", "TikTok", "Trump: TikTok", "US tariffs hit", "Xi Jinping, Tsai Ing-wen", "2024!"]
)
def test_names_and_scraps_are_not_guessed_at(text: str) -> None:
    assert identify(text) is None
    assert is_read(None)


def test_foreign_words_in_an_english_text_do_not_make_it_foreign() -> None:
    quote = "„Taiwan ist Chinas innere Angelegenheit“, Außenminister Wang Yi sagte in München."
    assert identify(f"{SENTENCES['en']} {quote} {SENTENCES['en']}") == "en"


def test_plain_english_is_known_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(languages, "_identifier", refuse)
    assert identify(SENTENCES["en"]) == "en"
