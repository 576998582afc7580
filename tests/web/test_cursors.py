"""A place in a listing survives its way through an address, and nothing else is taken for one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from string import ascii_letters, digits

import pytest
from flask import Blueprint, Flask, url_for
from hypothesis import given
from hypothesis import strategies as st

from connector.ports.backlog import Cursor
from connector.web.cursors import LONGEST, MOST_VALUES, BadCursor, decode, encode
from connector.web.ids import take_ids

CURSORS = st.builds(Cursor, st.lists(st.text(max_size=60), max_size=MOST_VALUES).map(tuple), st.booleans())
SAFE = set(ascii_letters + digits + "-_")


def coded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(CURSORS)
def test_a_cursor_comes_back_as_it_went(cursor: Cursor) -> None:
    text = encode(cursor)
    assert decode(text) == cursor
    assert set(text) <= SAFE


@given(st.text(max_size=80) | st.text(st.sampled_from(sorted(SAFE)), max_size=80))
def test_a_text_is_refused_or_is_the_one_writing_of_a_cursor(text: str) -> None:
    try:
        cursor = decode(text)
    except BadCursor:
        return
    assert encode(cursor) == text


@given(CURSORS, st.data())
def test_a_cursor_with_one_character_changed_is_refused_or_another_one(cursor: Cursor, data: st.DataObject) -> None:
    text = encode(cursor)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(SAFE - {text[place]})))
    try:
        found = decode(text[:place] + other + text[place + 1 :])
    except BadCursor:
        return
    assert found != cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "A",
        "ö",
        "../../etc",
        coded([]),
        coded({}),
        coded("0"),
        coded(None),
        coded([True, "a"]),  # a truth is no number here
        coded([2, "a"]),
        coded([0, 1]),
        coded([0, None]),
        coded([0, ["a"]]),
        coded([0.0, "a"]),
        coded([0, *["a"] * (MOST_VALUES + 1)]),
        coded([0, "a"]),  # with a space that we do not write
        coded([0, "a"]) + "=",
        urlsafe_b64encode(rb'[0,"\ud800"]').decode(),  # half a pair
        urlsafe_b64encode(b"[" * 2_000).decode(),
        "A" * (LONGEST + 1),
    ],
)
def test_what_is_no_cursor_is_refused_with_400(text: str) -> None:
    with pytest.raises(BadCursor) as refused:
        decode(text)
    assert refused.value.code == 400


@pytest.fixture(scope="module")
def pages() -> Flask:
    app = Flask(__name__)
    bp = Blueprint("things", __name__)
    take_ids(bp)

    @bp.get("/things/<id:thing>")
    def show(thing: str) -> str:
        return json.dumps(thing)

    app.register_blueprint(bp)
    return app


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60))
def test_every_id_has_an_address_that_leads_to_it(pages: Flask, thing: str) -> None:
    with pages.test_request_context():
        path = url_for("things.show", thing=thing)
    assert set(path.removeprefix("/things/")) <= SAFE | {"~"}
    answer = pages.test_client().get(path)
    assert (answer.status_code, json.loads(answer.text)) == (200, thing)


@pytest.mark.parametrize(
    ("thing", "path"),
    [
        ("8012", "/things/8012"),
        ("gid://shopify/Product/1", "/things/~Z2lkOi8vc2hvcGlmeS9Qcm9kdWN0LzE"),
        ("..", "/things/~Li4"),
        ("~", "/things/~fg"),
    ],
)
def test_an_id_of_letters_and_digits_is_its_own_address_and_any_other_is_coded(
    pages: Flask, thing: str, path: str
) -> None:
    with pages.test_request_context():
        assert url_for("things.show", thing=thing) == path


@pytest.mark.parametrize("path", ["~", "~A", "~MTI", "~_w", "~AA", "~Li4=", "a.b", "a~b", "~" + "A" * 2_000])
def test_an_address_that_no_id_has_leads_nowhere(pages: Flask, path: str) -> None:
    assert pages.test_client().get(f"/things/{path}").status_code == 404
