"""The four clouds that Microsoft runs, and where each answers (contract §8.1)."""

from enum import StrEnum
from typing import Final


class Cloud(StrEnum):
    """A national cloud, by the word used in the configuration."""

    GLOBAL = "global"  # also GCC
    GCC_HIGH = "gcc-high"  # US Government L4
    DOD = "dod"  # US Government L5
    CHINA = "china"  # operated by 21Vianet

    @property
    def authority_url(self) -> str:
        """Where tokens come from; no slash at the end."""
        return _ROOTS[self][0]

    @property
    def graph_url(self) -> str:
        """Where Microsoft Graph answers; no slash at the end, no version."""
        return _ROOTS[self][1]

    @property
    def has_usage_reports(self) -> bool:
        """Whether the cloud offers usage reports and their settings at all."""
        return self is Cloud.GLOBAL

    @property
    def has_audit_log(self) -> bool:
        """Whether the cloud offers the directory's audit log."""
        return self is not Cloud.CHINA


_ROOTS: Final = {
    Cloud.GLOBAL: ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    Cloud.GCC_HIGH: ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    Cloud.DOD: ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    Cloud.CHINA: ("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
}
