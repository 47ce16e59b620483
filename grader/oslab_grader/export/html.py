"""HTML that stands alone: no scripts, no network, light or dark as the reader's system is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from oslab.quantities import printable
from oslab_grader.insight.masking import FEW, masked

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bar: #2a6fb0; --soft: #8882; }
@media (prefers-color-scheme: dark) { :root { --bar: #6fb1f0; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bar { width: 16rem; }
.counts th { white-space: nowrap; }
.bar span { display: block; height: 1rem; margin: .25rem 0; background: var(--bar); }
pre { white-space: pre-wrap; background: var(--soft); padding: .75rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
@media print { body { max-width: none; margin: 0; } .bar span { print-color-adjust: exact; } }
"""


def text(value: object) -> str:
    """A text in HTML; signs that would turn the reading direction, or that nobody sees, are written out."""
    return escape(printable(str(value)), quote=True)


def page(title: str, language: str, parts: Iterable[str]) -> bytes:
    """A whole document. `parts` are HTML."""
    lang = "zh-Hans" if language == "zh" else "en"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{lang}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            '<meta name="referrer" content="no-referrer">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">",
            f"<title>{text(title)}</title><style>{_STYLE}</style></head>",
            "<body><main>",
            *parts,
            "</main></body></html>\n",
        ]
    ).encode()


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Collection[int] = (),
) -> str:
    """A table of texts with a caption and heads for screen readers; the first cell names its row."""

    def kind(column: int) -> str:
        return ' class="n"' if column in numbers else ""

    top = "".join(
        f'<th scope="col"{kind(i)}>{text(head)}</th>' if head else "<td></td>"
        for i, head in enumerate(heads)
    )
    body = []
    for first, *rest in rows:
        cells = "".join(f"<td{kind(i)}>{text(cell)}</td>" for i, cell in enumerate(rest, start=1))
        body.append(f'<tr><th scope="row"{kind(0)}>{text(first)}</th>{cells}</tr>')
    return (
        f'<div class="wide"><table><caption>{text(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def histogram(caption: str, heads: Sequence[str], bars: Sequence[tuple[str, int]]) -> str:
    """A table of counts with a bar beside each; the bar repeats the number. Small counts are masked."""
    most = max([count for _, count in bars], default=0) or 1
    body = "".join(
        f'<tr><th scope="row">{text(label)}</th><td class="n">{text(masked(count))}</td>'
        f'<td class="bar" aria-hidden="true">'
        f'<span style="width:{round(100 * _length(count) / most)}%"></span></td></tr>'
        for label, count in bars
    )
    top = f'<th scope="col">{text(heads[0])}</th><th scope="col" class="n">{text(heads[1])}</th>'
    return (
        f'<table class="counts"><caption>{text(caption)}</caption><thead><tr>{top}'
        f'<td class="bar" aria-hidden="true"></td></tr></thead><tbody>{body}</tbody></table>'
    )


def _length(count: int) -> int:
    """The bar of a count; small ones look alike."""
    return FEW // 2 if 0 < count < FEW else count
