"""The formats of a document, by the ending of its file."""

from datetime import datetime
from enum import StrEnum
from pathlib import PurePath

from core.documents import Document
from core.documents.pdf import write_pdf
from core.documents.workbook import write_workbook


class DocumentFormat(StrEnum):
    """What a document can be made as."""

    PDF = "pdf"
    XLSX = "xlsx"

    @property
    def label(self) -> str:
        """The word that people see."""
        return "PDF" if self is DocumentFormat.PDF else "Excel"

    @property
    def media_type(self) -> str:
        """What a browser or a mail program is told about the file."""
        if self is DocumentFormat.PDF:
            return "application/pdf"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnknownDocumentFormat(ValueError):  # noqa: N818 - names what was found, as the message does
    """The ending of the file is none of the formats'."""


def document_format(file: str | PurePath) -> DocumentFormat:
    """The format that a file's ending names.

    Raises:
        UnknownDocumentFormat: it names none.
    """
    ending = PurePath(file).suffix.lower().removeprefix(".")
    try:
        return DocumentFormat(ending)
    except ValueError:
        endings = " or ".join(f".{each}" for each in DocumentFormat)
        raise UnknownDocumentFormat(f"{file} must end with {endings}") from None


def write_document(document: Document, made_as: DocumentFormat, *, made_at: datetime) -> bytes:
    """The document as the bytes of a file."""
    if made_as is DocumentFormat.PDF:
        return write_pdf(document, made_at=made_at)
    return write_workbook(document, made_at=made_at)
