"""A CSV file of supplies, in two steps: what each row would do is shown, and is done only once that was confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.services.context import StoreContext
from connector.services.sent_once import SentBefore, new_form
from connector.services.supplies import check_rows, import_rows
from connector.services.supply_errors import Fault, SupplyError
from connector.services.supply_file import Row, decoded, read_csv
from connector.web.access import here
from connector.web.languages import number
from connector.web.pages.supply_words import supply_problem
from connector.web.words import _, ngettext

LARGEST_TEXT = 1_900_000
"""Bytes of UTF-8.  The text travels in the form of the second step, which may hold no more (``look.LARGEST_FORM``)."""

MOST_ROWS = 10_000
WRONG_SHOWN, GOOD_SHOWN = 200, 50


@dataclass(frozen=True, slots=True)
class Checked:
    """A file whose rows were looked at; ``guessed``: its encoding was."""

    text: str
    guessed: bool
    good: Sequence[Row]
    wrong: Sequence[tuple[Row, str]]


def form() -> ResponseReturnValue:
    return render_template("supply_import.html", text="", problem="")


def sent() -> ResponseReturnValue:
    """Either step.  The second looks at everything again: what the browser brings is not what was checked."""
    store = here()
    confirmed = request.form.get("do") == "import"
    try:
        checked = _checked(store, *_given())
    except SupplyError as error:
        return _refused(supply_problem(error))
    if not confirmed:
        return _shown(checked)
    if str(len(checked.good)) != request.form.get("good", "") or not checked.good:
        return _shown(checked, changed=True), 409
    try:
        count = import_rows(store, checked.good, form=request.form.get("form", "")[:100])
    except SentBefore:
        flash(_("These rows were imported already; nothing was imported twice."), "warning")
        return redirect(url_for("supplies.show"), 303)
    except SupplyError:  # a product went between the look and the deed
        return _shown(_checked(store, checked.text, checked.guessed), changed=True), 409
    flash(
        ngettext("%(count)s supply is entered.", "%(count)s supplies are entered.", count, count=number(count)),
        "success",
    )
    return redirect(url_for("supplies.show"), 303)


def _given() -> tuple[str, bool]:
    """The text that was pasted or uploaded, and whether its encoding was guessed."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        content = upload.read(LARGEST_TEXT + 1)
        text, guessed = decoded(content) if len(content) <= LARGEST_TEXT else ("", False)
    else:
        content, text, guessed = b"", request.form.get("text", ""), False
    if max(len(content), len(text.encode("utf-8", "replace"))) > LARGEST_TEXT:
        raise SupplyError("It is larger than 2 MB; split it.", Fault.LARGE, most=2)
    return text, guessed


def _checked(store: StoreContext, text: str, guessed: bool) -> Checked:  # noqa: FBT001 -- as ``_given`` gives it
    rows = check_rows(store, read_csv(text, MOST_ROWS))
    wrong = [(row, supply_problem(row.wrong)) for row in rows if row.wrong is not None]
    return Checked(text, guessed, [row for row in rows if row.wrong is None], wrong)


def _shown(checked: Checked, *, changed: bool = False) -> str:
    return render_template(
        "supply_import_check.html",
        checked=checked,
        wrong=checked.wrong[:WRONG_SHOWN],
        good=checked.good[:GOOD_SHOWN],
        form=new_form(),
        changed=changed,
    )


def _refused(problem: str) -> ResponseReturnValue:
    return render_template("supply_import.html", text=request.form.get("text", ""), problem=problem), 422
