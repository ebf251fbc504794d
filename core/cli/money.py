"""The commands about money: purchases and spend."""

from argparse import Namespace
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.cli.errors import CommandFailed
from core.cli.invocation import invocation, read_bytes, utc_now
from core.cli.output import print_array, print_blank, print_table, tell
from core.spend.figures import CurrencySpend, Figure
from core.spend.formatting import decimal_text
from core.spend.purchase_import import Change, ImportRefused, import_purchases
from core.spend.purchases import PurchaseDetails, list_purchases
from core.spend.summary import SpendSummary, read_summary


def list_all(options: Namespace) -> int:
    """`purchases list`."""
    with invocation(options) as command:
        _print_purchases(list_purchases(command.engine, command.application_id), as_json=options.json)
    return 0


def import_file(options: Namespace) -> int:
    """`purchases import`: prints the purchases of the file, as they are now."""
    content = read_bytes(Path(options.file))
    with invocation(options) as command:
        try:
            result = import_purchases(
                command.engine, command.application_id, content, actor=command.actor, now=utc_now()
            )
        except ImportRefused as error:
            raise CommandFailed(f"{options.file}: {error}") from error
        for warning in result.warnings:
            tell(f"{options.file}, {warning}")
        tell(", ".join(f"{result.count(change)} {change}" for change in Change))
        ids = {line.purchase_id for line in result.lines if line.purchase_id is not None}
        _print_purchases(
            list_purchases(command.engine, command.application_id, ids=ids), as_json=options.json
        )
    return 0


def _print_purchases(purchases: Iterable[PurchaseDetails], *, as_json: bool) -> None:
    rows = [_purchase_as_json(each) for each in purchases]
    if as_json:
        print_array(rows)
        return
    names = [name for name in _purchase_names() if name != "sku_id"]
    print_table([name.replace("_", " ") for name in names], ([row[name] for name in names] for row in rows))


def _purchase_names() -> tuple[str, ...]:
    return (
        "id",
        "part_number",
        "sku_id",
        "purchase_identifier",
        "seats",
        "cost_per_seat",
        "currency",
        "frequency",
        "starts_on",
        "ends_on",
        "kind",
    )


def _purchase_as_json(each: PurchaseDetails) -> dict[str, Any]:
    terms = each.terms
    values = (
        each.id,
        each.part_number,
        each.sku_id,
        terms.identifier,
        terms.seats,
        decimal_text(terms.cost_per_seat),
        terms.currency,
        terms.frequency.value,
        _day(terms.starts_on),
        _day(terms.ends_on),
        terms.kind.value,
    )
    return dict(zip(_purchase_names(), values, strict=True))


def spend(options: Namespace) -> int:
    """`spend`."""
    with invocation(options) as command:
        summary = read_summary(command.engine, command.application_id, on=utc_now().date())
    unpriced = [use.part_number for use in summary.spend.unpriced]
    if options.json:
        print_array(_spend_as_json(each, summary, unpriced) for each in summary.spend.currencies)
    else:
        _print_spend(summary)
    if unpriced:
        tell(f"no total covers {len(unpriced)} license types without a price: {', '.join(unpriced)}")
    if outside := [use.part_number for use in summary.spend.outside_run_rate]:
        tell(f"one-time prices without an end stand in no total: {', '.join(outside)}")
    return 0


def _print_spend(summary: SpendSummary) -> None:
    for place, each in enumerate(summary.spend.currencies):
        if place:
            print_blank()
        savings = summary.savings[each.currency]
        figures = {
            "spend": Figure(seats=each.user_seats, annual=each.annual),
            "exposure": each.exposure,
            "unknown": each.unknown,
            "reassignable now": each.reassignable_now,
            "reducible at renewal": each.reducible_at_renewal,
            "invoice reduced": savings.invoice_reduced,
            "purchase avoided": savings.purchase_avoided,
            "freed, still paid": savings.freed_still_paid,
        }
        print_table(
            [f"{each.currency} on {summary.as_of}", "seats", "a year", "a month", "by"],
            [
                (
                    name,
                    found.seats,
                    _rounded(found.annual.amount),
                    _rounded(found.monthly.amount),
                    found.by_date,
                )
                for name, found in figures.items()
            ],
        )
        print_blank()
        print_table(
            ["license type", "seats", "a year", "a month"],
            [
                (row.part_number, row.seats, _rounded(row.annual.amount), _rounded(row.monthly.amount))
                for row in each.by_license_type
            ],
        )


def _rounded(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _spend_as_json(each: CurrencySpend, summary: SpendSummary, unpriced: list[str]) -> dict[str, Any]:
    savings = summary.savings[each.currency]

    def figure(found: Figure) -> dict[str, Any]:
        return {
            "seats": found.seats,
            "annual": decimal_text(found.annual.amount),
            "as_of": summary.as_of.isoformat(),
            "by_date": _day(found.by_date),
        }

    return {
        "currency": each.currency,
        "annual": decimal_text(each.annual.amount),
        "monthly": decimal_text(each.monthly.amount),
        "by_license_type": [
            {
                "part_number": row.part_number,
                "sku_id": row.sku_id,
                "seats": row.seats,
                "annual": decimal_text(row.annual.amount),
                "monthly": decimal_text(row.monthly.amount),
            }
            for row in each.by_license_type
        ],
        "exposure": figure(each.exposure),
        "unknown": figure(each.unknown),
        "reassignable_now": figure(each.reassignable_now),
        "reducible_at_renewal": figure(each.reducible_at_renewal),
        "realized": {
            "invoice_reduced": figure(savings.invoice_reduced),
            "purchase_avoided": figure(savings.purchase_avoided),
        },
        "freed_still_paid": figure(savings.freed_still_paid),
        "unpriced": unpriced,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
