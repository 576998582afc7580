from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from site_house import Browser, Seen, Site, site

from connector.services.supplies import open_supplies

IMPORT = "/settings/supplies/import"
GOOD = "sku,quantity,due,reference\nCHAIR,5,2026-12-05,PO 7\nTABLE,2,,\n"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as opened:
        opened.house.woo.add_product("CHAIR", 0)
        opened.house.woo.add_product("TABLE", 0)
        opened.house.woo.add_product("STÜHLE", 0)
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """For files of which nothing is entered."""
    with site(tmp_path_factory.mktemp("still")) as opened:
        opened.house.woo.add_product("CHAIR", 0)
        opened.house.connect()
        yield opened


@pytest.fixture(scope="module")
def owner(still: Site) -> Browser:
    """One for all: signing in many times a minute is refused."""
    return still.owner()


def entered(there: Site) -> list[tuple[str, int]]:
    return sorted((one.sku, one.units) for one in open_supplies(there.house.store("chairs")))


def upload(owner: Browser, content: bytes) -> Seen:
    """As a browser writes it: the test client itself would leave its own copy of a large body open."""
    line, part = b"--end\r\nContent-Disposition: form-data; name=", b"\r\n\r\n"
    token = line + b'"csrf_token"' + part + owner.token().encode() + b"\r\n"
    file = line + b'"file"; filename="arriving.csv"\r\nContent-Type: text/csv' + part + content + b"\r\n"
    body = token + file + b"--end--\r\n"
    answer = owner.client.post(IMPORT, data=body, content_type="multipart/form-data; boundary=end")
    return Seen(answer.status_code, answer.get_data(as_text=True), "", dict(answer.headers), IMPORT)


def paste(owner: Browser, text: str) -> Seen:
    return owner.post(IMPORT, {"text": text, "do": "check"})


def confirmation(seen: Seen) -> dict[str, Any]:
    """What the button on the page of the first step would send."""
    found = [one for one in seen.soup.find_all("form") if "/import" in str(one.get("action"))]
    fields = {str(one["name"]): str(one["value"]) for one in found[0].find_all("input")}
    return fields | {"do": "import"}


def test_nothing_is_entered_until_it_was_seen_and_confirmed(there: Site) -> None:
    owner = there.owner()
    seen = upload(owner, GOOD.encode())
    assert "2 rows are good, 0 are wrong." in seen.text
    assert seen.rows() == [["2", "CHAIR", "5", "Dec 5, 2026", "PO 7"], ["3", "TABLE", "2", "not known", ""]]
    assert entered(there) == []
    said = owner.follow(owner.post(IMPORT, confirmation(seen))).text
    assert "2 supplies are entered." in said
    assert entered(there) == [("CHAIR", 5), ("TABLE", 2)]
    there.house.settle()
    assert there.house.woo.shelf("CHAIR").fields["backorders"] == "notify"


def test_rows_that_are_wrong_are_named_and_left_out(there: Site) -> None:
    owner = there.owner()
    rows = ["CHAIR,5,2026-12-05", "NOBODY,1,", ",1,", "TABLE,-1,", "TABLE,2,soon", "TABLE,2,9999-12-31", "TABLE,3,"]
    seen = paste(owner, "sku,quantity,due\n" + "\n".join(rows))
    assert "2 rows are good, 5 are wrong." in seen.text
    assert seen.rows(0) == [
        ["3", "NOBODY", "No product of your store has the SKU “NOBODY”."],
        ["4", "", "The SKU is missing."],
        ["5", "TABLE", "The quantity “-1” is not a whole number between 1 and 10,000,000."],
        ["6", "TABLE", "“soon” is not a date like 2026-12-05 (year, month, day)."],
        ["7", "TABLE", "Dec 31, 9999 is more than ten years away. Leave the date out if nobody knows it."],
    ]
    owner.post(IMPORT, confirmation(seen))
    assert entered(there) == [("CHAIR", 5), ("TABLE", 3)]


def test_rows_that_are_all_wrong_have_nothing_to_confirm(there: Site) -> None:
    seen = paste(there.owner(), "sku,quantity\nNOBODY,1\n")
    assert "0 rows are good, 1 is wrong." in seen.text
    assert seen.soup.find("button", {"value": "import"}) is None


def test_a_double_click_imports_once(there: Site) -> None:
    owner = there.owner()
    sent = confirmation(paste(owner, GOOD))
    assert owner.post(IMPORT, sent).status == 303
    assert "imported already; nothing was imported twice" in owner.follow(owner.post(IMPORT, sent)).text
    assert entered(there) == [("CHAIR", 5), ("TABLE", 2)]


@pytest.mark.parametrize("changed", [{"text": GOOD + "CHAIR,900\n"}, {"good": "900"}, {"good": ""}])
def test_what_was_not_seen_is_not_imported(there: Site, changed: Mapping[str, str]) -> None:
    owner = there.owner()
    seen = owner.post(IMPORT, {**confirmation(paste(owner, GOOD)), **changed})
    assert (seen.status, entered(there)) == (409, [])
    assert "Something has changed since you looked at these rows" in seen.text


def test_a_product_that_is_gone_by_then_is_not_imported(there: Site) -> None:
    owner = there.owner()
    sent = confirmation(paste(owner, GOOD))
    there.house.woo.delete_product("TABLE")
    there.house.settle(1)
    seen = owner.post(IMPORT, sent)
    assert (seen.status, entered(there)) == (409, [])
    assert "1 row is good, 1 is wrong." in seen.text


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), 2),
        (GOOD.encode("utf-16"), 2),
        (GOOD.replace(",", ";").encode(), 2),
        (GOOD.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"), 2),
        ("sku;quantity\nSTÜHLE;5\n".encode(), 1),
        ("sku;quantity\nSTÜHLE;5\n".encode("cp1252"), 1),
    ],
    ids=["with a mark", "UTF-16", "semicolons", "tabs in UTF-16", "UTF-8", "Windows"],
)
def test_files_are_read_as_spreadsheets_save_them(there: Site, content: bytes, rows: int) -> None:
    owner = there.owner()
    seen = upload(owner, content)
    assert len(seen.rows()) == rows
    assert owner.post(IMPORT, confirmation(seen)).status == 303
    assert len(entered(there)) == rows


def test_an_encoding_that_was_guessed_is_to_be_looked_at(there: Site) -> None:
    owner = there.owner()
    guess = "The file does not say how its letters are written"
    assert guess in upload(owner, "sku;quantity\nSTÜHLE;5\n".encode("cp1252")).text
    assert guess not in upload(owner, "sku;quantity\nSTÜHLE;5\n".encode()).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "There is nothing in it. The first line must name the columns"),
        (b"sku,quantity\n", "It names its columns and holds no rows"),
        (b"CHAIR,5\n", "The first line must name the columns sku and quantity, and may name due and reference."),
        (b'sku,quantity\n"CHAIR,5\n', "Line 2 is no CSV (unexpected end of data)."),
        (b"sku,quantity\n" + b"x" * 200_000 + b",1\n", "Line 2 is no CSV (field larger than field limit"),
        (b"PK\x03\x04\x14\x00\x06\x00", "This is no text but another program's own format."),
        (b"%PDF-1.7\n", "This is no text but another program's own format."),
        (b"sku,quantity\nCHAIR\0,5\n", "This is no text but another program's own format."),
        (b"\xff\xfe\x00\xd8\x00", "This is no text that can be read (byte 2)."),
        (b"sku,quantity\nCHAIR\x81\x8d,5\n", "This is no text that can be read (byte 18)."),
        (b"sku,quantity\n" + b"CHAIR,1\n" * 10_001, "It holds more than 10,000 rows."),
        (b"sku,quantity\n" + b"CHAIR,1\n" * 240_000, "It is larger than 2 MB."),
    ],
)
def test_a_file_that_is_no_list_is_answered_with_why(still: Site, owner: Browser, content: bytes, said: str) -> None:
    seen = upload(owner, content)
    assert (seen.status, entered(still)) == (422, [])
    alert = seen.soup.find(id="wrong")
    assert isinstance(alert, Tag)
    assert alert.get_text().strip().startswith(said)


def test_a_file_beyond_all_measure_is_not_even_read(owner: Browser) -> None:
    seen = upload(owner, b"x" * 5_000_000)
    assert seen.status == 413
    assert "Send it in smaller parts." in seen.text


def test_no_file_and_no_text_is_answered_with_what_is_wanted(owner: Browser) -> None:
    assert "There is nothing in it." in owner.post(IMPORT, {"do": "check"}).text
    assert "There is nothing in it." in owner.post(IMPORT).text


def test_ten_thousand_rows_are_shown_in_part_and_imported_whole(there: Site) -> None:
    owner = there.owner()
    seen = upload(owner, b"sku,quantity\n" + b"CHAIR,1\n" * 9_000 + b"NOBODY,1\n" * 1_000)
    assert "9,000 rows are good, 1,000 are wrong." in seen.text
    assert (len(seen.rows(0)), len(seen.rows(1))) == (200, 50)
    assert owner.post(IMPORT, confirmation(seen)).status == 303
    assert entered(there) == [("CHAIR", 1)] * 9_000


def test_a_cell_that_holds_a_script_is_only_shown(owner: Browser) -> None:
    script = "<script>alert(1)</script>"
    seen = paste(owner, f'sku,quantity,reference\n{script},1,\nCHAIR,1,"""><b>{script}"\n')
    assert script not in seen.html
    assert seen.rows(0)[0][1] == script
    assert confirmation(seen)["text"].splitlines()[2] == f'CHAIR,1,"""><b>{script}"'
