"""How to reach one tenant: everything the client needs to know, checked when it is made."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from core.graph.clouds import Cloud


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One application's way to its tenant. The secret stays out of the repr.

    Raises:
        ValueError: a root is not https, or has a path; there is not exactly one credential.
    """

    application_key: str
    tenant_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate_path: Path | None = None
    cloud: Cloud = Cloud.GLOBAL
    authority_url: str | None = None
    graph_url: str | None = None
    report_hosts: tuple[str, ...] = (".office.com",)
    ca_bundle: Path | None = None
    """A CA of its own, for the bundled simulator; otherwise the machine's rules hold."""
    trust_env: bool = True
    """Whether proxies and certificate settings of the environment count."""

    def __post_init__(self) -> None:
        for name, root in (("authority_url", self.authority_url), ("graph_url", self.graph_url)):
            if root is not None and not _is_https_root(root):
                shown = root if "@" not in root else "one with a password"
                raise ValueError(f"{name} must be https without a path, not {shown}")
        if (self.client_secret is None) == (self.certificate_path is None):
            raise ValueError("either a client secret or a certificate is needed, not both")

    @property
    def authority(self) -> str:
        """Where tokens come from."""
        return (self.authority_url or self.cloud.authority_url).rstrip("/")

    @property
    def graph(self) -> str:
        """Graph's root, without version and without a slash at the end."""
        return (self.graph_url or self.cloud.graph_url).rstrip("/")

    def allows_report_host(self, url: str) -> bool:
        """Whether a usage report may come from there: https, and a host that is expected (contract §6.1)."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return False
        if parts.scheme != "https" or not host or parts.username or parts.password:
            return False
        if self.graph_url and host == (urlsplit(self.graph_url).hostname or "").lower():
            return True
        return any(
            host == allowed.lstrip(".") or host.endswith(f".{allowed.lstrip('.')}")
            for allowed in (each.lower() for each in self.report_hosts)
        )


def _is_https_root(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme == "https" and named and plain
