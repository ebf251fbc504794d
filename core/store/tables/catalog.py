"""Product names that an administrator has loaded; they go before the shipped ones."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class CatalogLoad(SQLModel, table=True):
    """A file of Microsoft's product names and service plans that was taken in, whole."""

    __tablename__ = "catalog_loads"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str
    types: int
    plans: int
    at: datetime = Field(sa_type=UtcDateTime)
    by: str


class CatalogType(SQLModel, table=True):
    """A license type's names, from the file that was loaded last."""

    __tablename__ = "catalog_types"

    sku_id: str = Field(primary_key=True, max_length=36)
    part_number: str
    product_name: str


class CatalogPlan(SQLModel, table=True):
    """A service plan's names, from the file that was loaded last."""

    __tablename__ = "catalog_plans"

    service_plan_id: str = Field(primary_key=True, max_length=36)
    name: str
    friendly_name: str
