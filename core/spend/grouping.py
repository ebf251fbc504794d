"""What people and what they cost can be grouped by. Rules only, no I/O."""

from enum import StrEnum
from typing import Final

WHOLE: Final = "all"
"""In counts: everybody, beside the groupings, each of which sums to it."""


class Grouping(StrEnum):
    """What the spend on assigned seats can be grouped by, one at a time.

    Department, country and company are the directory's, cost center and manager the HR roster's.
    """

    DEPARTMENT = "department"
    COUNTRY = "country"
    COMPANY = "company_name"
    COST_CENTER = "cost_center"
    MANAGER = "manager"  # by e-mail address

    @property
    def label(self) -> str:
        """The words that people see."""
        return "Company" if self is Grouping.COMPANY else self.value.replace("_", " ").capitalize()

    @property
    def from_roster(self) -> bool:
        """Whether only an HR roster tells it."""
        return self in {Grouping.COST_CENTER, Grouping.MANAGER}
