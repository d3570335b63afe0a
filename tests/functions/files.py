"""CSV files for tests: ordinary ones, and ones with everything that real files have wrong with them."""

from __future__ import annotations

import codecs

from hypothesis import strategies as st

HEADER = "product_id,location,quantity,update_date"

_texts = st.one_of(
    st.sampled_from(
        ["P1", "P2", "London", "Zürich", "東京", "", " padded ", '5" pipe', 'Say "hi"', "a,b", "two\nlines", "cr\rin"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
_quantities = st.one_of(
    st.integers(0, 99).map(str), st.sampled_from(["-1", "", "1.5", "007", "9" * 38, "9" * 39, "１", "1e3", "+1", " 4 "])
)
_dates = st.sampled_from(
    ["2026-01-01", "2026-01-02", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00.5+02:00", "2026-01-01 09:30", "2026-02-30",
     "01.02.2026", "", "0001-01-01T00:00:00+05:00", "2026-1-1", "2026-01-01T25:00", "9999-12-31"]
)  # fmt: skip


@st.composite
def _field(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    value = draw(values)
    style = draw(st.integers(0, 5))
    if style == 0:
        return value  # as it is, even where it ought to be quoted
    if style == 1 or any(c in value for c in ',"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    """Return files with valid and invalid rows, any line end, and quotes that work out or don't."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    columns = draw(st.permutations([*HEADER.split(","), *draw(st.sampled_from([[], ["note"]]))]))
    values = {"quantity": _quantities, "update_date": _dates}
    rows = st.tuples(*(_field(values.get(column, _texts)) for column in columns)).map(",".join)
    junk = st.sampled_from(["", " ", ",", '"', '"open', 'x"y', '"a"b', ",,,", '"",""'])
    lines = draw(st.lists(st.one_of(rows, rows, rows, junk), max_size=12))
    last = draw(st.sampled_from(["", end]))
    text = end.join([",".join(columns), *lines]) + last
    return draw(st.sampled_from([b"", codecs.BOM_UTF8])) + text.encode()


def inventory_csv(rows: list[str], header: str = HEADER) -> bytes:
    """Return a plain file of rows as they are."""
    return "".join(f"{line}\n" for line in [header, *rows]).encode()
