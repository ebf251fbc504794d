"""What license types and service plans are called: by a file that was loaded, else by the shipped catalog.

The shipped one stands in `data/`. An administrator can load a newer file of Microsoft's, for all
applications; what that does not know keeps its shipped name, and what neither knows goes by its part number.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core.integration.catalog_file import CatalogFile, PlanNames, TypeNames, read_catalog
from core.reference import read_table
from core.rights import Actor, Role, require
from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import CatalogLoad, CatalogPlan, CatalogType, LicenseType
from core.table_files import LineError

SHIPPED_AS_OF: Final = "2026-07"
_SHIPPED: Final = ""
"""In place of a file's name: somebody went back to the shipped catalog."""

_LONGEST_FILE_NAME: Final = 200


class CatalogRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The file was not loaded; nothing was changed. `errors` say what is wrong with it, a line each."""

    def __init__(self, message: str, errors: tuple[LineError, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """The names in force. `loaded`: the file that they come from; nothing where it is the shipped catalog."""

    types: Mapping[str, TypeNames]
    plans: Mapping[str, PlanNames]
    loaded: CatalogLoad | None

    def product_name(self, sku_id: str, part_number: str) -> str:
        """The name of a license type; its part number where no catalog knows it."""
        known = self.types.get(sku_id)
        return part_number if known is None else known.product_name

    def plan_name(self, service_plan_id: str, name: str) -> str:
        """The friendly name of a service plan; its own name where no catalog knows it."""
        known = self.plans.get(service_plan_id)
        return name if known is None else known.friendly_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Renamed:
    """A license type that the file calls otherwise than the catalog in force."""

    sku_id: str
    part_number: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogChange:
    """What loading a file changes, against the catalog in force.

    `gone`: product names of types that the file does not have; shipped ones keep their shipped names. `lost`:
    how many of the shipped types it does not have.
    """

    types: int
    plans: int
    new: tuple[str, ...]
    renamed: tuple[Renamed, ...]
    gone: tuple[str, ...]
    lost: int

    @property
    def must_confirm(self) -> bool:
        """Whether so many shipped types are missing, more than a third, that the file may be cut off."""
        return self.lost * 3 > len(_shipped_types())


def read_names(session: Session) -> Catalog:
    """The names in force: of the loaded file, and of the shipped catalog for what that does not know."""
    latest = session.exec(select(CatalogLoad).order_by(col(CatalogLoad.id).desc()).limit(1)).first()
    if latest is None or latest.file_name == _SHIPPED:
        return Catalog(types=_shipped_types(), plans=_shipped_plans(), loaded=None)
    types = {
        row.sku_id: TypeNames(part_number=row.part_number, product_name=row.product_name)
        for row in session.exec(select(CatalogType))
    }
    plans = {
        row.service_plan_id: PlanNames(name=row.name, friendly_name=row.friendly_name)
        for row in session.exec(select(CatalogPlan))
    }
    return Catalog(types={**_shipped_types(), **types}, plans={**_shipped_plans(), **plans}, loaded=latest)


def shipped_size() -> tuple[int, int]:
    """How many license types and service plans the shipped catalog knows."""
    return len(_shipped_types()), len(_shipped_plans())


def preview_catalog(engine: Engine, content: bytes) -> CatalogChange:
    """What loading this file would change.

    Raises:
        CatalogRefused: something is wrong with it; the error lists what, by line and column.
    """
    with reading(engine) as session:
        return _change(_read(content), read_names(session))


def load_catalog(
    engine: Engine,
    content: bytes,
    *,
    file_name: str,
    actor: Actor,
    now: datetime,
    confirm_lost: int | None = None,
) -> CatalogChange:
    """Load a file, all of it or nothing; the license types of all applications get their new names at once.

    Args:
        engine: the product's database.
        content: the file as it is.
        file_name: what it is called, for the record.
        actor: who loads it.
        now: this moment.
        confirm_lost: how many shipped types the file does not have, where they are more than a third.

    Raises:
        RightRefused: the actor is no administrator.
        CatalogRefused: something is wrong with the file, or the number has to be confirmed.
    """
    require(actor, Role.ADMINISTRATOR)
    file = _read(content)
    with writing(engine) as session:
        change = _change(file, read_names(session))
        if change.must_confirm and confirm_lost != change.lost:
            raise CatalogRefused(
                f"the file lacks {change.lost} of the {len(_shipped_types())} license types that Seatwise "
                f"ships with, so it may be cut off: confirm the number {change.lost} to load it nevertheless"
            )
        _forget_loaded(session)
        upsert(
            session,
            CatalogType,
            [
                {"sku_id": sku_id, "part_number": names.part_number, "product_name": names.product_name}
                for sku_id, names in file.types.items()
            ],
        )
        upsert(
            session,
            CatalogPlan,
            [
                {"service_plan_id": plan_id, "name": names.name, "friendly_name": names.friendly_name}
                for plan_id, names in file.plans.items()
            ],
        )
        name = file_name.strip()[:_LONGEST_FILE_NAME] or "file without a name"
        _record(session, name, len(file.types), len(file.plans), actor, now)
        _rename(session)
    return change


def use_shipped_catalog(engine: Engine, *, actor: Actor, now: datetime) -> None:
    """Forget the loaded file; all license types get their shipped names again.

    Raises:
        RightRefused: the actor is no administrator.
    """
    require(actor, Role.ADMINISTRATOR)
    with writing(engine) as session:
        if read_names(session).loaded is None:
            return
        _forget_loaded(session)
        _record(session, _SHIPPED, *shipped_size(), actor, now)
        _rename(session)


def _read(content: bytes) -> CatalogFile:
    file = read_catalog(content)
    if file.errors:
        more = f", and {len(file.errors) - 1} more" if len(file.errors) > 1 else ""
        raise CatalogRefused(f"{file.errors[0]}{more}", file.errors)
    return file


def _change(file: CatalogFile, current: Catalog) -> CatalogChange:
    renamed = [
        Renamed(
            sku_id=sku_id,
            part_number=names.part_number,
            before=current.types[sku_id].product_name,
            after=names.product_name,
        )
        for sku_id, names in file.types.items()
        if sku_id in current.types and current.types[sku_id].product_name != names.product_name
    ]
    return CatalogChange(
        types=len(file.types),
        plans=len(file.plans),
        new=tuple(sorted(file.types[each].product_name for each in file.types.keys() - current.types.keys())),
        renamed=tuple(sorted(renamed, key=lambda each: (each.before, each.sku_id))),
        gone=tuple(
            sorted(current.types[each].product_name for each in current.types.keys() - file.types.keys())
        ),
        lost=len(_shipped_types().keys() - file.types.keys()),
    )


def _forget_loaded(session: Session) -> None:
    session.connection().execute(delete(CatalogType))
    session.connection().execute(delete(CatalogPlan))


def _record(session: Session, name: str, types: int, plans: int, actor: Actor, now: datetime) -> None:
    session.add(CatalogLoad(file_name=name, types=types, plans=plans, at=now, by=actor.name))
    session.flush()


def _rename(session: Session) -> None:
    """Give the license types that are on record the names in force."""
    names = read_names(session)
    for row in session.exec(select(LicenseType)):
        row.product_name = names.product_name(row.sku_id, row.part_number)
        session.add(row)


@functools.lru_cache(maxsize=1)
def _shipped_types() -> Mapping[str, TypeNames]:
    return MappingProxyType(
        {
            row["sku_id"]: TypeNames(part_number=row["sku_part_number"], product_name=row["product_name"])
            for row in read_table("skus")
        }
    )


@functools.lru_cache(maxsize=1)
def _shipped_plans() -> Mapping[str, PlanNames]:
    return MappingProxyType(
        {
            row["service_plan_id"]: PlanNames(
                name=row["service_plan_name"], friendly_name=row["friendly_name"]
            )
            for row in read_table("service_plans")
        }
    )
