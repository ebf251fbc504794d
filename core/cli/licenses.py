"""The commands that list license types and assignments."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from core.activity.evidence import ActivityStatus
from core.activity.listing import EXPORT_COLUMNS, ActivityFilter, stream_cells
from core.cli.errors import CommandRefused
from core.cli.invocation import invocation, license_type
from core.cli.output import print_array, print_document, print_table, tell
from core.exports import UnknownFormatError, export
from core.spend.license_types import LicenseTypeUse, read_license_types
from core.store.engine import reading


def license_types(options: Namespace) -> int:
    """`license-types`."""
    with invocation(options) as command, reading(command.engine) as session:
        rows = [_as_json(each) for each in read_license_types(session, command.application_id)]
    if options.json:
        print_array(rows)
    else:
        shown = ["product_name", "part_number", "purchased", "assigned", "active", "inactive"]
        shown += ["never_active", "unknown", "unassigned"]
        print_table(
            [name.replace("_", " ") for name in shown], ([row[name] for name in shown] for row in rows)
        )
    return 0


def _as_json(each: LicenseTypeUse) -> dict[str, Any]:
    use = each.use
    return {
        "sku_id": use.sku_id,
        "part_number": use.part_number,
        "product_name": each.product_name,
        "purchased": use.seats,
        "assigned": use.assigned,
        "active": use.active,
        "inactive": use.inactive,
        "never_active": use.never_active,
        "unknown": use.unknown,
        "unassigned": use.unassigned,
        "failed_assignments": each.failed,
        "consumed_units": each.consumed,
    }


def activity(options: Namespace) -> int:
    """`activity`."""
    target = Path(options.output)
    with invocation(options) as command:
        with reading(command.engine) as session:
            chosen = ActivityFilter(
                sku_ids=tuple(
                    license_type(session, command.application_id, text) for text in options.license_type or ()
                ),
                statuses=tuple(ActivityStatus(word) for word in options.status or ()),
                departments=tuple(options.department or ()),
            )
        batches = stream_cells(command.engine, command.application_id, chosen)
        try:
            count = export(batches, EXPORT_COLUMNS, target)
        except UnknownFormatError as error:
            raise CommandRefused(f"--output: {error}") from error
        except OSError as error:
            raise CommandRefused(f"--output: {target} cannot be written: {error.strerror}") from error
    if options.json:
        print_document({"output": str(target), "rows": count})
    else:
        tell(f"wrote {count:,} rows to {target}")
    return 0
