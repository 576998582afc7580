"""The owner's own texts, by language, with a look at them before they are saved."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale, UnknownLocaleError
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from pydantic import TypeAdapter, ValidationError

from connector.notify.languages import spelled
from connector.notify.texts import shipped
from connector.notify.wording import TemplateWording
from connector.services.steer import Outdated, steer, unsteer
from connector.settings.messages import PLACES, MessageTexts
from connector.settings.stores import Language, StoreSettings
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.pages.standing import Standing, as_sent, by, standing
from connector.web.pages.text_fields import (
    BESIDE_PRODUCT,
    NOTES,
    TITLES,
    checked,
    examples,
    longest,
    mail_examples,
    texts_in,
)
from connector.web.words import _

SECTION = "texts"
MOST_LANGUAGES = 40
LONGEST_LANGUAGE = 20

_LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("texts", __name__, url_prefix="/settings/texts")

    @bp.get("")
    def show() -> ResponseReturnValue:
        held = standing(back, here(), SECTION)
        asked = request.args.get("language", "").strip()
        language = _known(held.settings, asked or held.settings.language)
        wrong = {}
        if not language:
            language = _known(held.settings, held.settings.language)
            wrong["language"] = _("“%(given)s” is no language. Write it as en, de or pt-BR.", given=asked[:40])
        return _page(back, held, language, _own(held.settings, language), wrong)

    @bp.post("")
    def save() -> ResponseReturnValue:
        held = as_sent(standing(back, here(), SECTION))
        language = _known(held.settings, request.form.get("language", "").strip())
        if not language:
            return redirect(url_for("texts.show"), 303)
        if request.form.get("do") == "file":
            return _back_to_file(back, held)
        typed = texts_in(request.form)
        texts, wrong = checked(typed)
        if request.form.get("do") != "save" or wrong:
            return _page(back, held, language, typed, wrong, unsaved=True), 422 if wrong else 200
        return _save(back, held, language, texts)

    return bp


def _save(back: Backstage, held: Standing, language: str, texts: MessageTexts) -> ResponseReturnValue:
    said = {**held.settings.messages, language: texts}
    value = {one: _written(some) for one, some in said.items() if _written(some)}
    if len(value) > MOST_LANGUAGES:
        wrong = {"language": _("There are texts in %(most)s languages already.", most=MOST_LANGUAGES)}
        return _page(back, held, language, _written(texts), wrong, unsaved=True), 422
    try:
        steer(
            here().key,
            back.work,
            SECTION,
            {"messages": value},
            by=by(),
            now=back.clock(),
            replan=True,
            expected_revision=held.revision,
        )
    except Outdated as error:
        held = standing(back, here(), SECTION, error.revision)
        return _page(back, held, language, _written(texts), {"": _outdated()}, unsaved=True), 409
    back.known.refresh()
    flash(_("Saved. Your shop shows the new texts as soon as they are pushed."), "success")
    return redirect(url_for("texts.show", language=language), 303)


def _back_to_file(back: Backstage, held: Standing) -> ResponseReturnValue:
    try:
        unsteer(here().key, back.work, SECTION, by=by(), now=back.clock(), replan=True, expected_revision=held.revision)
    except Outdated as error:
        held = standing(back, here(), SECTION, error.revision)
        language = _known(held.settings, held.settings.language)
        return _page(back, held, language, _own(held.settings, language), {"": _outdated()}), 409
    back.known.refresh()
    flash(_("The texts are the config file's again."), "success")
    return redirect(url_for("texts.show"), 303)


def _outdated() -> str:
    return _(
        "Somebody else changed the settings of this store after you opened this page, so nothing was saved. Your "
        "texts stand below: look whether they still fit, and save again."
    )


def _page(
    back: Backstage,
    held: Standing,
    language: str,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    unsaved: bool = False,
) -> str:
    store = here()
    texts, _unusable = checked(typed)
    said = {**held.settings.messages, language: texts}
    # Every kind of notice is shown here, whether it is sent or not.
    shown = held.settings.model_copy(update={"messages": said, "notices": ("waiting", "changed", "ready")})
    others = {one: some.model_dump() for one, some in held.settings.messages.items() if one != language}
    ours = TemplateWording(held.settings.language, others, ())
    context = back.known.context(store.key, shown)
    mails = {} if context.composer is None else mail_examples(context.composer, language, store.today())
    return render_template(
        "texts.html",
        language_chosen=language,
        choices={one: _name(one) for one in _languages(held.settings, language)},
        typed=typed,
        wrong=wrong,
        titles=TITLES,
        beside=list(TITLES)[:BESIDE_PRODUCT],
        notes=list(TITLES)[BESIDE_PRODUCT : BESIDE_PRODUCT + NOTES],
        mails=list(TITLES)[BESIDE_PRODUCT + NOTES :],
        places={key: sorted(PLACES[key]) for key in TITLES},
        ours={key: ours.text(key, language) for key in TITLES},
        longest={key: longest(key) for key in TITLES},
        examples=examples(context.wording, language, store.today()) | mails,
        unsaved=unsaved,
        held=held,
    )


def _own(settings: StoreSettings, language: str) -> dict[str, str]:
    texts = settings.messages.get(language)
    return {} if texts is None else _written(texts)


def _written(texts: MessageTexts) -> dict[str, str]:
    return {key: text for key, text in texts.model_dump().items() if text}


def _languages(settings: StoreSettings, chosen: str) -> list[str]:
    """Those we ship texts for, those the owner has texts in, the store's own, and the chosen one; each once."""
    all_of_them = (*settings.messages, *shipped(), settings.language, chosen)
    return sorted({spelled(one): one for one in reversed(all_of_them)}.values())


def _known(settings: StoreSettings, asked: str) -> str:
    """A language as the settings spell it; empty for what is none."""
    if len(asked) > LONGEST_LANGUAGE:
        return ""
    held = next((one for one in settings.messages if spelled(one) == spelled(asked)), "")
    try:
        return held or _LANGUAGE.validate_python(asked[:2].lower() + asked[2:])
    except ValidationError:
        return ""


def _name(language: str) -> str:
    """``German (Austria)`` in the reader's language; the code itself where nobody knows it."""
    try:
        name = Locale.parse(spelled(language), sep="-").get_display_name(get_locale())
    except (UnknownLocaleError, ValueError):
        name = None
    return f"{name} ({language})" if name else language
