"""The words of the mails, one file for each language in `data/mail/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

_FOLDER: Final = Path(__file__).resolve().parents[2] / "data" / "mail"

LANGUAGE: Final = "en"
"""The one that there is."""


@dataclass(frozen=True, kw_only=True)
class MailTexts:
    """One mail: its subject, the paragraphs before the reasons, and those after the link."""

    subject: Template
    before: tuple[Template, ...]
    after: tuple[Template, ...]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """All words of a language. `reasons`: a sentence before the licenses that it holds for."""

    notice: MailTexts
    reminder: MailTexts
    reasons: Mapping[str, Template]
    mailbox: Template
    included: Template
    button: str
    contact: Template
    footer: Template
    several: Template


@cache
def texts(language: str = LANGUAGE) -> Texts:
    """The words of a language that ships."""
    found = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    words = found["words"]
    return Texts(
        notice=_mail(found["notice"]),
        reminder=_mail(found["reminder"]),
        reasons={reason: Template(sentence) for reason, sentence in found["reasons"].items()},
        mailbox=Template(words["mailbox"]),
        included=Template(words["included"]),
        button=words["button"],
        contact=Template(words["contact"]),
        footer=Template(words["footer"]),
        several=Template(words["several"]),
    )


def _mail(found: dict[str, str | list[str]]) -> MailTexts:
    subject, before, after = found["subject"], found["before"], found["after"]
    return MailTexts(
        subject=Template(str(subject)),
        before=tuple(Template(each) for each in before),
        after=tuple(Template(each) for each in after),
    )
