"""What the pages behind keep links look like: HTML that needs nothing from anywhere else."""

import base64
import hashlib
from html import escape
from typing import Final

from core.notification.message import one_line
from core.reclamation.keeping import KeepLine, KeepView, Standing

_STYLE: Final = """
:root{color-scheme:light dark}
body{margin:0;font:16px/1.5 system-ui,"Segoe UI",Roboto,Arial,sans-serif;background:#f5f7f9;color:#1a1d23}
main{max-width:34rem;margin:8vh auto 2rem;padding:2rem;background:#fff;
border:1px solid #d5dae1;border-radius:8px}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
ul,fieldset{margin:1.25rem 0;padding:0;border:0;list-style:none}
li,label{display:flex;gap:.75rem;align-items:baseline;padding:.5rem 0;overflow-wrap:anywhere}
li{justify-content:space-between;border-bottom:1px solid #d5dae1}
li span{flex:none;color:#5a6270}
input{width:1.1rem;height:1.1rem;flex:none;accent-color:#0072b2}
button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:4px;
background:#0072b2;color:#fff}
button:hover{background:#005f95;cursor:pointer}
a{color:#0072b2}
:focus-visible{outline:3px solid #56b4e9;outline-offset:2px}
.note{color:#5a6270;font-size:.875rem}
.problem{border-left:4px solid #0072b2;padding-left:.75rem}
@media (max-width:38rem){main{margin:0;border:0;border-radius:0}}
@media (prefers-color-scheme:dark){
body{background:#050607;color:#e8eaed}main{background:#14171c;border-color:#353b45}li{border-color:#353b45}
.note,li span{color:#a9b0bb}a{color:#6bb6e6}}
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Of every answer: kept nowhere, framed nowhere, and nothing but its own style is loaded."""

_WORDS: Final = {
    Standing.OPEN: "not answered yet",
    Standing.SOON: "not answered yet",
    Standing.KEPT: "you keep it",
    Standing.STAYS: "stays with you",
    Standing.OVER: "too late to answer here",
}


def unknown_page(contact: str | None) -> str:
    """The one page for every link that leads nowhere, whatever the reason."""
    return _page(
        "This link does not work",
        "<p>It is not complete, or it is too old. Open it from the mail once more, in full.</p>",
        contact,
    )


def busy_page(contact: str | None) -> str:
    """For an address that has tried too many links that lead nowhere."""
    return _page("Too many attempts", "<p>Wait a minute, then try again.</p>", contact)


def keep_page(view: KeepView, contact: str | None, *, nothing_chosen: bool = False) -> str:
    """The form, as long as there is something to keep; else how it stands."""
    if view.can_answer:
        return _page("Do you still need this?", _form(view, nothing_chosen=nothing_chosen), contact)
    standings = {line.standing for line in view.lines}
    if standings == {Standing.KEPT}:
        title, text = "Thank you: you keep it", "Nothing is taken back, and you need not do anything else."
    elif standings <= {Standing.KEPT, Standing.STAYS}:
        title, text = "You keep it", "Nothing is taken back, and you need not do anything."
    elif Standing.SOON in standings:
        title, text = "One moment, please", "The mail has only just gone out. Try again in a few minutes."
    else:
        title = "It is too late to answer here"
        text = f"Answers were possible until the end of {view.last_day.isoformat()} (UTC)."
    return _page(title, f"<p>{text}</p>{_list(view.lines)}", contact)


def _form(view: KeepView, *, nothing_chosen: bool) -> str:
    several = len([line for line in view.lines if line.standing is Standing.OPEN]) > 1
    choose = " Uncheck what you do not need any more." if several else ""
    problem = (
        '<p class="problem" role="alert">Check at least one. What you do not need is taken '
        "back by itself.</p>"
        if nothing_chosen
        else ""
    )
    answered = [line for line in view.lines if line.standing is not Standing.OPEN]
    return (
        f"<p>Licenses of <b>{escape(one_line(view.person))}</b> that are to be taken back: without an "
        f"answer, after <b>{view.last_day.isoformat()}</b> (UTC).{choose}</p>{problem}"
        f'<form method="post"><fieldset>{"".join(_choice(line) for line in view.lines)}</fieldset>'
        f"<button>I still need {'what is checked' if several else 'it'}</button></form>"
        f"{_list(answered) if answered else ''}"
    )


def _choice(line: KeepLine) -> str:
    if line.standing is not Standing.OPEN:
        return ""
    return (
        f'<label><input type="checkbox" name="keep" value="{line.request_id}" checked>'
        f"{escape(one_line(line.license_type))}</label>"
    )


def _list(lines: tuple[KeepLine, ...] | list[KeepLine]) -> str:
    items = "".join(
        f"<li>{escape(one_line(line.license_type))}<span>{_WORDS[line.standing]}</span></li>"
        for line in lines
    )
    return f"<ul>{items}</ul>"


def _page(title: str, content: str, contact: str | None) -> str:
    address = escape(contact) if contact else ""
    ask = (
        f'<p class="note">Questions? Write to <a href="mailto:{address}">{address}</a>.</p>'
        if contact
        else ""
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>'
        f'{escape(title)}</title><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{content}{ask}</main></body></html>"
    )
