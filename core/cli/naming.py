"""The commands about product names: which catalog is in force, loading a newer one, going back."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from core.cli.errors import CommandFailed, CommandRefused
from core.cli.invocation import opened_runtime, utc_now
from core.cli.output import print_document, print_table, tell
from core.integration.catalog import (
    SHIPPED_AS_OF,
    CatalogRefused,
    load_catalog,
    read_names,
    shipped_size,
    use_shipped_catalog,
)
from core.integration.catalog_file import MOST_BYTES
from core.rights import cli_actor
from core.store.engine import reading
from core.store.tables import CatalogLoad

_MOST_ERRORS_TOLD = 20


def show(options: Namespace) -> int:
    """`catalog show`."""
    with opened_runtime() as runtime, reading(runtime.engine) as session:
        _print(_in_force(read_names(session).loaded), as_json=options.json)
    return 0


def load(options: Namespace) -> int:
    """`catalog load`: prints the catalog that is in force then."""
    try:
        with Path(options.file).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandRefused(f"{options.file} cannot be read: {error.strerror}") from error
    with opened_runtime() as runtime:
        try:
            change = load_catalog(
                runtime.engine,
                content,
                file_name=Path(options.file).name,
                actor=cli_actor(),
                now=utc_now(),
                confirm_lost=options.confirm_lost,
            )
        except CatalogRefused as refused:
            for each in refused.errors[1:_MOST_ERRORS_TOLD]:
                tell(f"{options.file}: {each}")
            raise CommandFailed(f"{options.file}: {refused}") from refused
        tell(f"{len(change.new)} new, {len(change.renamed)} renamed, {len(change.gone)} not in the file")
        with reading(runtime.engine) as session:
            _print(_in_force(read_names(session).loaded), as_json=options.json)
    return 0


def shipped(options: Namespace) -> int:
    """`catalog shipped`: prints the catalog that is in force then."""
    with opened_runtime() as runtime:
        use_shipped_catalog(runtime.engine, actor=cli_actor(), now=utc_now())
    _print(_in_force(None), as_json=options.json)
    return 0


def _in_force(loaded: CatalogLoad | None) -> dict[str, Any]:
    if loaded is None:
        types, plans = shipped_size()
        return {"catalog": "shipped", "as_of": SHIPPED_AS_OF, "types": types, "plans": plans} | dict.fromkeys(
            ("file", "loaded_at", "loaded_by")
        )
    return {
        "catalog": "loaded",
        "as_of": None,
        "types": loaded.types,
        "plans": loaded.plans,
        "file": loaded.file_name,
        "loaded_at": loaded.at.isoformat(),
        "loaded_by": loaded.by,
    }


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_document(found)
    else:
        print_table([name.replace("_", " ") for name in found], [list(found.values())])
