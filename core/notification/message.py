"""Makes a mail of what it is about: subject, plain text and simple HTML from the same words.

Names come from the directory, where people may have put anything: they are cut, lose whatever breaks a line,
and are escaped in the HTML. The mail shows nothing but the person's own name and licenses.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.notification.mailer import Mail
from core.notification.texts import MailTexts, Texts, texts

_LONGEST_NAME: Final = 100
_LONGEST_SUBJECT: Final = 150
# Line breaks of any kind, what controls terminals, and what turns the direction of writing.
_UNFIT: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a mail is about. `licenses`: product names of the person's licenses in the run."""

    person: str
    licenses: Sequence[str]
    organization: str
    last_day: date
    keep_url: str
    contact: str
    reminder: bool = False


def compose(facts: Facts, *, sender: str, to: str, copy_to: str | None, reply_to: str | None) -> Mail:
    """The mail for one person. Addresses are usable ones (`core.notification.addresses`)."""
    words = texts()
    mail = words.reminder if facts.reminder else words.notice
    licenses = [one_line(each) for each in facts.licenses]
    values = {
        "person": one_line(facts.person),
        "licenses": licenses[0] if len(licenses) == 1 else words.several.substitute(count=len(licenses)),
        "organization": one_line(facts.organization),
        "last_day": f"{facts.last_day:%A} {facts.last_day.isoformat()}",
        "contact": facts.contact,
    }
    return Mail(
        sender=sender,
        to=to,
        copy_to=copy_to,
        reply_to=reply_to,
        subject=mail.subject.substitute(values)[:_LONGEST_SUBJECT],
        text=_text(words, mail, values, licenses, facts.keep_url),
        html=_html(words, mail, values, licenses, facts.keep_url),
    )


def one_line(name: str) -> str:
    """A name from the directory that can stand in a line: nothing that breaks it, and not endless."""
    shown = _UNFIT.sub(" ", name).strip()
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _text(words: Texts, mail: MailTexts, values: dict[str, str], licenses: Sequence[str], url: str) -> str:
    parts = [each.substitute(values) for each in mail.before]
    parts.append("\n".join(f"- {name}" for name in licenses))
    parts.append(f"{words.button}:\n{url}")
    parts += [each.substitute(values) for each in mail.after]
    parts.append(words.contact.substitute(values))
    parts.append(f"-- \n{words.footer.substitute(values)}")
    return "\n\n".join(parts) + "\n"


def _html(words: Texts, mail: MailTexts, values: dict[str, str], licenses: Sequence[str], url: str) -> str:
    safe = {name: html.escape(value) for name, value in values.items()}
    items = "".join(f"<li><b>{html.escape(name)}</b></li>" for name in licenses)
    link = (
        f'<p style="margin:24px 0"><a href="{html.escape(url)}" style="background:#0072B2;color:#ffffff;'
        f'padding:10px 18px;border-radius:4px;text-decoration:none">{html.escape(words.button)}</a></p>'
    )
    body = "".join(
        (
            *(f"<p>{each.substitute(safe)}</p>" for each in mail.before),
            f"<ul>{items}</ul>",
            link,
            *(f"<p>{each.substitute(safe)}</p>" for each in mail.after),
            f"<p>{words.contact.substitute(safe)}</p>",
            f'<p style="color:#5a6270;font-size:13px">{words.footer.substitute(safe)}</p>',
        )
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head>'
        '<body style="margin:0"><div style="max-width:560px;padding:24px;background:#ffffff;color:#1a1d23;'
        f'font-family:Segoe UI,Arial,sans-serif;font-size:15px;line-height:1.5">{body}</div>'
        "</body></html>"
    )
