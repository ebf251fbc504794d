"""Sends the report of an application to whom its plan names."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from core.documents import Document
from core.documents.formats import DocumentFormat, write_document
from core.notification.mailer import Attachment, Mail, Outcome, Sent
from core.notification.message import one_line
from core.notification.setup import Post
from core.reporting.mails import Waiting, begin_due, claim_next, conclude
from core.reporting.plans import read_plan
from core.spend.formatting import format_money
from core.spend.report import spend_report
from core.spend.summary import SpendSummary, read_summary
from core.store.engine import reading

NOT_CONFIGURED: Final = "Not sent: no address is configured any more that mails come from (mail_sender)."
TOO_LARGE: Final = "Not sent: the files are larger than a mail may be. Choose one format, or download it."
_MOST_BYTES: Final = 3_000_000  # what Microsoft Graph takes with a mail in one request, in base64


@dataclass(frozen=True, kw_only=True)
class _Report:
    """A report as it goes out: the same for all recipients."""

    subject: str
    text: str
    html: str
    files: tuple[Attachment, ...]


def deliver(
    engine: Engine,
    application_id: int,
    *,
    name: str,
    post: Post | None,
    now_fn: Callable[[], datetime],
    should_stop: Callable[[], bool],
) -> None:
    """Send what is due of one application: a report whose moment has come, and mails to be offered again.

    Args:
        engine: the product's database.
        application_id: the application.
        name: what the application is called.
        post: who sends, and as whom; without, the mails end as refused.
        now_fn: tells the time.
        should_stop: asked before each mail.
    """
    begin_due(engine, application_id, now_fn())
    report: _Report | None = None
    while not should_stop() and (mail := claim_next(engine, application_id, now_fn())) is not None:
        report = report or _make(engine, application_id, name, now_fn())
        conclude(engine, mail.id, _send(post, report, mail), now_fn())


def _make(engine: Engine, application_id: int, name: str, now: datetime) -> _Report:
    with reading(engine) as session:
        found = read_plan(session, application_id)
    formats = found[0].formats if found else (DocumentFormat.PDF,)
    why = f"Sent {found[0].words}, as {found[1].changed_by} has set it up in Seatwise." if found else ""
    summary = read_summary(engine, application_id, on=now.date())
    document = spend_report(summary, name=name, made_at=now)
    lines = _lines(summary)
    return _Report(
        subject=f"{document.title} of {one_line(name)}, {summary.as_of}",
        text="\n\n".join((*document.about, "\n".join(f"- {line}" for line in lines), "-- ", why)) + "\n",
        html=_html(document, lines, why),
        files=tuple(
            Attachment(
                name=f"spend-{summary.as_of}.{each}",
                media_type=each.media_type,
                content=write_document(document, each, made_at=now),
            )
            for each in formats
        ),
    )


def _lines(summary: SpendSummary) -> list[str]:
    lines = []
    for each in summary.spend.currencies:
        lines.append(f"Spend: {format_money(each.monthly, 'month')} for {each.seats:,} paid seats")
        lines.append(
            f"Exposure: {format_money(each.exposure.monthly, 'month')}, {each.exposure.seats:,} seats"
        )
        reducible = each.reducible_at_renewal
        if reducible.by_date is not None:
            amount = format_money(reducible.annual, "year")
            lines.append(f"Reducible at renewal: {amount}, notice by {reducible.by_date}")
    return lines or ["No price is entered yet."]


def _html(document: Document, lines: Sequence[str], why: str) -> str:
    about = "".join(f"<p>{html.escape(each)}</p>" for each in document.about)
    items = "".join(f"<li>{html.escape(each)}</li>" for each in lines)
    foot = f'<p style="color:#5a6270;font-size:13px">{html.escape(why)}</p>'
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head>'
        '<body style="font-family:Segoe UI,Arial,sans-serif;font-size:15px;color:#1a1d23">'
        f"<h2>{html.escape(document.title)}</h2>{about}<ul>{items}</ul>{foot}</body></html>"
    )


def _send(post: Post | None, report: _Report, mail: Waiting) -> Sent:
    if post is None:
        return Sent(outcome=Outcome.REFUSED, detail=NOT_CONFIGURED)
    if sum(len(each.content) for each in report.files) * 4 // 3 > _MOST_BYTES:
        return Sent(outcome=Outcome.REFUSED, detail=TOO_LARGE)
    return post.mailer.send(
        Mail(
            sender=post.sender,
            to=mail.recipient,
            reply_to=post.contact,
            subject=report.subject,
            text=report.text,
            html=report.html,
            attachments=report.files,
        )
    )
