"""What a reclamation run does to the tenant. Words only, no I/O."""

from enum import StrEnum


class RunMode(StrEnum):
    """What a run does to the tenant."""

    IMMEDIATE = "immediate"  # removes the licenses
    NOTIFY = "notify"  # asks the holders first, and removes the licenses of those who don't answer
    DRY_RUN = "dry_run"  # the same path, every read and check, no write
