"""When a variant may be sold beyond what is there: the store's policy, its rules, and what a change would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.domain.rules import PolicyBook
from connector.services.journal_words import reason
from connector.services.steer import Outdated, steer, unsteer
from connector.services.what_if import WhatIf, what_if
from connector.services.which_rule import Decided, which_rule
from connector.web.access import here
from connector.web.backstage import Backstage
from connector.web.languages import number
from connector.web.pages.policy_form import (
    KINDS,
    MOST_RULES,
    PolicyForm,
    TooManyRules,
    Understood,
    edited,
    fields_of,
    form_in,
    form_of,
    understood,
)
from connector.web.pages.standing import Standing, as_sent, by, standing
from connector.web.saying import spoken
from connector.web.words import N_, Later, _

SECTION = "policy"
SAMPLES = 20
PATIENCE_SECONDS = 4.0
"""For a preview; a larger store is looked at in part."""
LONGEST_SKU = 500

MODES: Mapping[str, tuple[Later, Later]] = {
    "never": (N_("Never"), N_("Only what is in stock can be bought.")),
    "while_incoming": (
        N_("While supply is on its way"),
        N_("What your suppliers are to deliver can be sold ahead, up to that quantity and with its date."),
    ),
    "up_to": (N_("Up to a number of units"), N_("So many units may be owed to shoppers at once, and no more.")),
    "always": (N_("Always"), N_("Everything can be bought at any time, however long it takes to come.")),
}
KIND_NAMES: Mapping[str, Later] = {"sku": N_("SKU"), "category": N_("Category"), "tag": N_("Tag")}


@dataclass
class _Page:
    """What the page shows beside the form itself."""

    wrong: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    preview: WhatIf | None = None
    decided: Sequence[Decided] = ()
    sku: str = ""
    unsaved: bool = False
    from_file: bool = False


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("policy", __name__, url_prefix="/settings/policy")

    @bp.get("")
    def show() -> ResponseReturnValue:
        held = standing(back, here(), SECTION)
        form = form_of(held.settings)
        sku = request.args.get("sku", "")[:LONGEST_SKU].strip()
        return _shown(held, form, _asked(held.settings.policy_book(), sku) if sku else _Page())

    @bp.post("")
    def save() -> ResponseReturnValue:
        """Every button of the page; nothing is kept but by ``save``."""
        held = standing(back, here(), SECTION)
        try:
            form = form_in(request.form)
        except TooManyRules as error:
            said = _(
                "%(count)s rules are too many: at most %(most)s can be kept. Nothing was changed; this is what stands.",
                count=number(error.count),
                most=number(MOST_RULES),
            )
            return _shown(held, form_of(held.settings), _Page(said=said)), 422
        return _done(back, as_sent(held), form, request.form.get("do", ""))

    return bp


def _done(back: Backstage, held: Standing, form: PolicyForm, do: str) -> ResponseReturnValue:
    if held.file is not None and do == "take-file":
        return _kept(back, held, form, None)
    if held.file is not None and do == "file":
        form = form_of(held.file)
        return _previewed(back, held, form, understood(form), from_file=True)
    if do in {"which", "preview", "save"}:
        return _acted(back, held, form, do)
    return _shown(held, edited(form, do), _Page(unsaved=True))


def _acted(back: Backstage, held: Standing, form: PolicyForm, do: str) -> ResponseReturnValue:
    """What wants a form without a fault in it."""
    meant = understood(form)
    if meant.wrong:
        said = _("Something is not right yet. Nothing was saved; look at the fields that are marked.")
        return _shown(held, form, _Page(meant.wrong, said, unsaved=True)), 422
    if do == "which":
        sku = request.form.get("which", "")[:LONGEST_SKU].strip()
        page = _asked(PolicyBook(meant.policy.policy(), tuple(rule.rule() for rule in meant.rules)), sku)
        page.unsaved = True
        return _shown(held, form, page)
    return _previewed(back, held, form, meant) if do == "preview" else _kept(back, held, form, meant)


def _asked(book: PolicyBook, sku: str) -> _Page:
    if not sku or not sku.isprintable():
        return _Page({"which": _("Type a SKU of your store.")})
    return _Page(decided=which_rule(here(), book, sku), sku=sku)


def _previewed(
    back: Backstage, held: Standing, form: PolicyForm, meant: Understood, *, from_file: bool = False
) -> ResponseReturnValue:
    changed = held.settings.model_copy(update={"policy": meant.policy, "rules": meant.rules})
    store = back.known.context(here().key, changed)
    found = what_if(store, sample=SAMPLES, seconds=PATIENCE_SECONDS, say=spoken())
    return _shown(held, form, _Page(preview=found, unsaved=True, from_file=from_file))


def _kept(back: Backstage, held: Standing, form: PolicyForm, meant: Understood | None) -> ResponseReturnValue:
    """Save what is meant; None: have the config file decide again."""
    key, now, expected = here().key, back.clock(), held.revision
    try:
        if meant is None:
            unsteer(key, back.work, SECTION, by=by(), now=now, replan=True, expected_revision=expected)
        else:
            steer(key, back.work, SECTION, meant.value(), by=by(), now=now, replan=True, expected_revision=expected)
    except Outdated as error:
        said = _(
            "Somebody else changed the settings of this store after you opened this page, so nothing was saved. What "
            "you typed stands below. Open the page anew to see what the others saved, or look at a preview of yours "
            "and save again."
        )
        held = standing(back, here(), SECTION, error.revision)
        return _shown(held, form if meant else form_of(held.settings), _Page(said=said, unsaved=bool(meant))), 409
    back.known.refresh()
    flash(_("Saved. Everything is planned again, and your shop shows it as soon as that is pushed."), "success")
    return redirect(url_for("policy.show"), 303)


def _shown(held: Standing, form: PolicyForm, page: _Page) -> str:
    return render_template(
        "policy.html",
        held=held,
        form=form,
        page=page,
        modes=MODES,
        kinds={kind: KIND_NAMES[kind] for kind in KINDS},
        most=MOST_RULES,
        hidden=fields_of(form) if page.preview is not None else [],
        push=held.settings.push,
        said_rule=lambda rule: reason(rule, spoken()),
    )
