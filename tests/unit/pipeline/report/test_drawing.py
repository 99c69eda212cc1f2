"""Figures as SVG that can stand in a page."""

from __future__ import annotations

import re

from matplotlib.figure import Figure

from pipeline.report import drawing


def svg(key: str, label: str = "a label", text: str = "plain") -> str:
    with drawing.drawn():
        figure = Figure(figsize=(2, 2))
        axes = figure.add_axes((0.2, 0.2, 0.7, 0.7))
        axes.plot([0, 1], [0, 1], "o", label=text)
        axes.legend()
        return str(drawing.as_svg(figure, key, label))


def test_the_same_data_give_the_same_bytes() -> None:
    assert svg("one") == svg("one")


def test_ids_of_two_drawings_never_meet() -> None:
    one, other = (set(re.findall(r' id="([^"]+)"', svg(key))) for key in ("one", "other"))
    assert one
    assert not one & other


def test_every_reference_stays_within_the_drawing() -> None:
    text = svg("one")
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', text)) <= ids


def test_nothing_volatile_and_no_style_for_the_whole_page_is_left() -> None:
    text = svg("one")
    assert not re.search(r"<style|<metadata|<!DOCTYPE|<\?xml|matplotlib", text)


def test_text_is_text_and_cannot_become_markup() -> None:
    text = svg("one", label='a "label" <b>', text="<script>$\\frac{1}{2}$</script>")
    assert "&lt;script&gt;$\\frac{1}{2}$&lt;/script&gt;" in text
    assert "<script" not in text
    assert "<b>" not in text
