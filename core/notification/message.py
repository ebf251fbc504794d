"""Makes a mail of what it is about: subject, plain text and simple HTML from the same words.

Why a license is to be taken back is said of each one: licenses with the same reason stand together.
Names come from the directory, where people may have put anything: they are cut, lose whatever breaks a line,
and are escaped in the HTML. The mail shows nothing but the person's own name and licenses.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Template
from typing import Final

from core.notification.mailer import Mail
from core.notification.texts import Texts, texts

_LONGEST_NAME: Final = 100
_LONGEST_SUBJECT: Final = 150
# Line breaks of any kind, what controls terminals, and what turns the direction of writing.
_UNFIT: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)


class Reason(StrEnum):
    """Why a license is to be taken back, as its holder is told; in the order in which a mail says it."""

    UNUSED = "unused"
    NEVER_USED = "never_used"
    LEFT = "left"  # by the list of employees
    DISABLED = "disabled"  # the account is
    NOT_IN_ROSTER = "not_in_roster"
    COVERED = "covered"  # by another license of the person, whether it is used or not
    CHOSEN = "chosen"  # by a person, whatever the evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class License:
    """One license of the person. `covered_by`: the product that includes it, where that is the reason."""

    name: str
    reason: Reason
    covered_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a mail is about. `licenses`: the person's licenses in the run."""

    person: str
    licenses: Sequence[License]
    organization: str
    last_day: date
    keep_url: str
    contact: str
    reminder: bool = False


def compose(facts: Facts, *, sender: str, to: str, copy_to: str | None, reply_to: str | None) -> Mail:
    """The mail for one person. Addresses are usable ones (`core.notification.addresses`)."""
    words = texts()
    mail = words.reminder if facts.reminder else words.notice
    values = {
        "person": one_line(facts.person),
        "licenses": _named(words, facts.licenses),
        "organization": one_line(facts.organization),
        "last_day": f"{facts.last_day:%A} {facts.last_day.isoformat()}",
        "contact": facts.contact,
    }
    after = list(mail.after)
    if any(each.reason is not Reason.COVERED for each in facts.licenses):
        after.append(words.mailbox)
    return Mail(
        sender=sender,
        to=to,
        copy_to=copy_to,
        reply_to=reply_to,
        subject=mail.subject.substitute(values)[:_LONGEST_SUBJECT],
        text=_text(words, mail.before, after, values, facts),
        html=_html(words, mail.before, after, values, facts),
    )


def _named(words: Texts, licenses: Sequence[License]) -> str:
    if len(licenses) == 1:
        return one_line(licenses[0].name)
    return words.several.substitute(count=len(licenses))


def _by_reason(licenses: Sequence[License]) -> list[tuple[Reason, list[License]]]:
    groups = ((reason, [each for each in licenses if each.reason is reason]) for reason in Reason)
    return [(reason, group) for reason, group in groups if group]


def _included(words: Texts, each: License) -> str:
    return words.included.substitute(product=one_line(each.covered_by)) if each.covered_by else ""


def one_line(name: str) -> str:
    """A name from the directory that can stand in a line: nothing that breaks it, and not endless."""
    shown = _UNFIT.sub(" ", name).strip()
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _text(
    words: Texts, before: Sequence[Template], after: Sequence[Template], values: dict[str, str], facts: Facts
) -> str:
    parts = [each.substitute(values) for each in before]
    for reason, licenses in _by_reason(facts.licenses):
        parts.append(words.reasons[reason].substitute(values))
        parts.append("\n".join(f"- {one_line(each.name)}{_included(words, each)}" for each in licenses))
    parts.append(f"{words.button}:\n{facts.keep_url}")
    parts += [each.substitute(values) for each in after]
    parts.append(words.contact.substitute(values))
    parts.append(f"-- \n{words.footer.substitute(values)}")
    return "\n\n".join(parts) + "\n"


def _html(
    words: Texts, before: Sequence[Template], after: Sequence[Template], values: dict[str, str], facts: Facts
) -> str:
    safe = {name: html.escape(value) for name, value in values.items()}
    lists = [
        f"<p>{words.reasons[reason].substitute(safe)}</p><ul>{_items(words, licenses)}</ul>"
        for reason, licenses in _by_reason(facts.licenses)
    ]
    link = (
        f'<p style="margin:24px 0"><a href="{html.escape(facts.keep_url)}" style="background:#0072B2;'
        'color:#ffffff;padding:10px 18px;border-radius:4px;text-decoration:none">'
        f"{html.escape(words.button)}</a></p>"
    )
    body = "".join(
        (
            *(f"<p>{each.substitute(safe)}</p>" for each in before),
            *lists,
            link,
            *(f"<p>{each.substitute(safe)}</p>" for each in after),
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


def _items(words: Texts, licenses: Sequence[License]) -> str:
    return "".join(
        f"<li><b>{html.escape(one_line(each.name))}</b>{html.escape(_included(words, each))}</li>"
        for each in licenses
    )
