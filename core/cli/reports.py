"""The commands that write documents to pass on."""

from argparse import Namespace
from pathlib import Path

from core.cli.errors import CommandRefused
from core.cli.invocation import invocation, utc_now
from core.cli.output import print_document, tell
from core.documents import Document
from core.documents.formats import DocumentFormat, UnknownDocumentFormat, document_format, write_document
from core.spend.report import spend_report
from core.spend.summary import read_summary


def spend(options: Namespace) -> int:
    """`report spend`."""
    made_as = _format(options.output)
    with invocation(options) as command:
        now = utc_now()
        summary = read_summary(command.engine, command.application_id, on=now.date())
        document = spend_report(summary, name=command.application.name, made_at=now)
    _write(document, made_as, Path(options.output), as_json=options.json)
    return 0


def _format(file: str) -> DocumentFormat:
    try:
        return document_format(file)
    except UnknownDocumentFormat as error:
        raise CommandRefused(f"--output: {error}") from error


def _write(document: Document, made_as: DocumentFormat, target: Path, *, as_json: bool) -> None:
    content = write_document(document, made_as, made_at=utc_now())
    try:
        target.write_bytes(content)
    except OSError as error:
        raise CommandRefused(f"--output: {target} cannot be written: {error.strerror}") from error
    if as_json:
        print_document({"output": str(target), "sections": [each.heading for each in document.sections]})
    else:
        tell(f"wrote {document.title.lower()} to {target}")
