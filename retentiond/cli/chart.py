"""Bar charts as one SVG file that needs nothing but itself. The one home of pygal, imported when a chart is drawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import pygal
from pygal.style import Style

# pygal leaves an importer for old names of its plug-ins behind, of a kind Python 3.11 warns of at every later import
sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "pygal"]

MOST_SERIES = 8
"""More colours than that nobody tells apart; the smallest series are drawn as one."""
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7a5195", "#8c8c8c")
"""Told apart by people who are colour-blind as well (Okabe and Ito, 2008); the last is for the rest."""
_FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_CSS = "inline:.bar .rect {stroke: #ffffff; stroke-width: 1}"
_WIDTH = 1000
_ACROSS = 860
"""Of the width, what the bars share."""
_LETTER = 7
"""How wide a letter of a label is, about."""
_EVERY = (1, 2, 3, 6, 12, 24, 60)
"""Which bars have a label where not all have room: months are best counted by quarters and years."""
_ROOM = 1.1
"""What the highest bar leaves above it for its number."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour stands for."""

    name: str
    values: Sequence[int]


def stacked_bars(title: str, subtitle: str, labels: Sequence[str], series: Sequence[Series], described: str) -> str:
    """Return a chart of stacked bars as SVG: no script, no reference to anything, a number above each bar.

    Args:
        title: what it shows.
        subtitle: what the bars leave out.
        labels: one for each bar.
        series: from the bottom of a bar to its top, each with a value for each bar.
        described: the same in a sentence or two, for people who hear it.
    """
    shown = _at_most(series, len(labels))
    totals = [sum(one.values[at] for one in shown) for at in range(len(labels))]
    columns = 2 if max((len(one.name) for one in shown), default=0) * _LETTER < _ACROSS / 2 else 1
    chart = pygal.StackedBar(
        width=_WIDTH,
        height=420 + 20 * -(-len(shown) // columns),
        title=f"{title}\n{subtitle}" if subtitle else title,
        y_title="records",
        js=[],
        css=["file://style.css", "file://graph.css", _CSS],
        style=Style(
            background="#ffffff",
            plot_background="#ffffff",
            foreground="#222222",
            foreground_strong="#000000",
            foreground_subtle="#555555",
            font_family=_FONT,
            title_font_size=15,
            legend_font_size=13,
            label_font_size=12,
            major_label_font_size=12,
            guide_stroke_dasharray="0",
            guide_stroke_color="#dddddd",
            major_guide_stroke_dasharray="0",
            major_guide_stroke_color="#dddddd",
            opacity="1",
            stroke_opacity="1",
            transition="0",
            colors=_COLOURS,
        ),
        legend_at_bottom=True,
        legend_at_bottom_columns=columns,
        truncate_legend=_ACROSS // _LETTER,
        truncate_label=-1,
        x_labels_major_every=next((one for one in _EVERY if _fit(labels[::one])), len(labels)),
        show_minor_x_labels=False,
        range=(0, max(4, *(round(one * _ROOM) + 1 for one in totals))),
        min_scale=4,
        max_scale=8,
        value_formatter=lambda value: f"{value:,.0f}",
        no_data_text="nothing falls due",
    )
    chart.uuid = "forecast"
    chart.x_labels = [*labels]
    for one in shown:
        chart.add(one.name, [*one.values])
    chart.add_xml_filter(lambda root: _finished(root, labels, shown, totals, described))
    drawn: str = chart.render(is_unicode=True)
    return drawn


def _at_most(series: Sequence[Series], bars: int) -> list[Series]:
    """Return the largest series in the order given, and the rest as one."""
    if len(series) <= MOST_SERIES:
        return [*series]
    by_size = sorted(range(len(series)), key=lambda at: sum(series[at].values), reverse=True)
    alone = {*by_size[: MOST_SERIES - 1]}
    rest = [one for at, one in enumerate(series) if at not in alone]
    others = [sum(one.values[at] for one in rest) for at in range(bars)]
    return [*(series[at] for at in sorted(alone)), Series(f"{len(rest)} other classes", others)]


def _finished(
    root: Element, labels: Sequence[str], series: Sequence[Series], totals: Sequence[int], described: str
) -> Element:
    """Take out what needs a script or a network, and put in what people need who read or hear it without either."""
    for parent in [*root.iter()]:
        for child in [*parent]:
            if (
                not isinstance(child.tag, str)
                or _is_for_scripts(child)
                or (child.tag == "title" and parent is not root)
            ):
                parent.remove(child)
    root.set("role", "img")
    root.set("aria-labelledby", "chart-title chart-description")
    title = next(one for one in root if one.tag == "title")
    title.set("id", "chart-title")
    title.text = (title.text or "").partition("\n")[0]
    description = Element("desc", {"id": "chart-description"})
    description.text = described
    root.insert([*root].index(title) + 1, description)
    _titles(root)
    for bars, one in zip(_with_class(root, "bars"), series, strict=True):
        for bar, label, value in zip(bars, labels, one.values, strict=True):
            if value:
                SubElement(bar, "title").text = f"{one.name}, {label}: {value:,}"
            else:
                bar.clear()
    _number_bars(root, totals)
    return root


def _titles(root: Element) -> None:
    """Give the first line of the title more weight than what follows, and less to the axis."""
    first, *more = [one for one in root.iter("text") if "plot_title" in one.get("class", "").split()]
    first.set("style", "font-size: 20px; font-weight: bold")
    for line in more:
        line.set("style", "font-size: 14px; fill: #444444")
    for axis in (one for one in root.iter("text") if one.get("class") == "title"):
        axis.set("style", "font-size: 13px; fill: #444444")


def _is_for_scripts(node: Element) -> bool:
    if node.tag == "script" or (node.tag == "desc" and node.get("class")):
        return True
    # a series without a name in one colour is pygal's frame for what a script shows under the pointer
    return "tooltip" in node.get("class", "").split()


def _with_class(root: Element, name: str) -> Iterator[Element]:
    return (one for one in root.iter("g") if name in one.get("class", "").split())


def _fit(texts: Sequence[str]) -> bool:
    """Whether texts stand side by side, one to a bar."""
    return (max(map(len, texts), default=0) + 1) * _LETTER * len(texts) <= _ACROSS


def _number_bars(root: Element, totals: Sequence[int]) -> None:
    """Write each bar's total above it, where all of them have room."""
    every = [*_with_class(root, "bars")]
    if not every or not _fit([f"{one:,}" for one in totals]):
        return
    for at, total in enumerate(totals):
        rects = [rect for bars in every for rect in bars[at].iter("rect")]
        if not total or not rects:
            continue
        middle = float(rects[0].get("x", "0")) + float(rects[0].get("width", "0")) / 2
        top = min(float(rect.get("y", "0")) for rect in rects)
        text = SubElement(every[-1], "text", {"x": f"{middle:.1f}", "y": f"{top - 5:.1f}", "text-anchor": "middle"})
        text.set("style", "font-size: 12px; fill: #222222")
        text.text = f"{total:,}"
