import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.classify.html_text import html_to_text

INLINE = ("<b>", "</b>", '<a href="x">', "</a>", "<!-- c -->", "<wbr>", "<i>", "<script>s</script>", "<svg/>")


def test_inline_tags_leave_words_as_they_are() -> None:
    page = 'The city supports <b>renewable</b> energy\n and <a href="x">cycle</a> paths<sup>2</sup>.'
    assert html_to_text(page) == "The city supports renewable energy and cycle paths2."


@given(st.lists(st.tuples(st.sampled_from(INLINE), st.text())))
def test_whatever_stands_in_a_line_separates_nothing(pieces: list[tuple[str, str]]) -> None:
    page = "".join(f"{tag}{html.escape(text)}" for tag, text in pieces)
    seen = html.unescape(html.escape("".join(text for _, text in pieces))).replace("\u00ad", "")
    assert html_to_text(page) == " ".join(seen.split())


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>bus<p>tram", "bus\n\ntram"),
        ("bus<br>tram<br/>bike", "bus\n\ntram\n\nbike"),
        ("<tr><td>bus<td>tram", "bus\n\ntram"),
        ("<caption>Lines</caption><tr><td>bus", "Lines\n\nbus"),
        ("<select><option>bus<option>tram</select>", "bus\n\ntram"),
        ("bus<nav>menu</nav>tram", "bus\n\ntram"),
    ],
)
def test_blocks_stand_apart(page: str, text: str) -> None:
    assert html_to_text(page) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("re&shy;new&#173;able&nbsp;energy&nbsp; ", "renewable energy"),
        ("1 < 2 & 3 &amp; 4 &am", "1 < 2 & 3 & 4 &am"),
        ("less <", "less <"),
        ("<svg>a<svg>b</svg>c</svg>bus", "bus"),
        ("<nav><svg></nav>bus</svg>", "bus"),
        ("<head><style>x</style><body>bus", "bus"),
        ("bus<![if !supportLists]>, <![unheard of]>tram<![endif]>", "bus, tram"),
        ("bus <!-- tram", "bus"),
        ("bus <a href='tram", "bus"),
        ("bus <script>tram", "bus"),
    ],
)
def test_a_page_is_read_as_seen(page: str, text: str) -> None:
    assert html_to_text(page) == text


@pytest.mark.parametrize("open_", ["<a ", "<a", "<!--", "<![", "</a", "<?", "<a x='", '<a x=">"', "<script>", "<svg>"])
def test_what_is_opened_very_often_is_read_once(open_: str) -> None:
    assert html_to_text(f"<p>bus</p>{open_ * 100_000}") == "bus"


def test_what_is_opened_and_closed_very_often_is_read_once() -> None:
    assert html_to_text("<svg>" * 100_000 + "</nav>" * 100_000 + "</svg>" * 100_000 + "bus") == "bus"
