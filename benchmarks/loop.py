"""The least that reading a tenant can cost: `requests` and `json`, and nothing kept of what came.

    python -m benchmarks.loop '<the connection as JSON>'

It asks for all that a sync asks for, page by page: the license types, the users, the sign-ins, the usage
reports, and the purpose of as many mailboxes as the sync looked at.
"""

import csv
import io
import json
import sys
from typing import Any, Final

import requests

from benchmarks.clock import Measured, clocks, peak_mb, since
from benchmarks.tenant import Facts

USER_FIELDS: Final = (
    "id,userPrincipalName,displayName,mail,accountEnabled,userType,employeeId,employeeType,createdDateTime,"
    "usageLocation,department,jobTitle,country,officeLocation,companyName,onPremisesSyncEnabled,"
    "isManagementRestricted,employeeLeaveDateTime,licenseAssignmentStates"
)
USERS: Final = (
    f"users?$select={USER_FIELDS}&$expand=manager($select=id,displayName,userPrincipalName)&$top=999"
)
REPORTS: Final = (
    "reports/getOffice365ActiveUserDetail(period='D180')",
    "reports/getM365AppUserDetail(period='D180')",
    "reports/getMailboxUsageDetail(period='D180')",
    "copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D180')",
    "reports/getOffice365ActivationsUserDetail",
)
_BATCH: Final = 20
_TIMEOUT: Final = 60


def read_everything(facts: Facts) -> Measured:
    """CPU and wall time of reading; `_again` without the mailboxes, which a second sync does not ask for."""
    start = clocks()
    with signed_in(facts) as session:
        root = f"{facts['graph_url']}/v1.0"
        list_all(session, f"{root}/subscribedSkus")
        list_all(session, f"{root}/directory/subscriptions")
        ids = list_all(session, f"{root}/{USERS}")
        list_all(session, f"{root}/users?$select=id,signInActivity&$top=500")
        for path in REPORTS:
            download(session, facts, f"{root}/{path}")
        again = since(start)
        mailboxes = ids[: int(facts.get("mailboxes", 0))]
        for first in range(0, len(mailboxes), _BATCH):
            _batch(session, root, mailboxes[first : first + _BATCH])
        return since(start) | {f"{name}_again": number for name, number in again.items()}


def signed_in(facts: Facts) -> requests.Session:
    """A session that carries a token."""
    session = requests.Session()
    session.trust_env, session.verify = False, facts["ca_bundle"]
    session.headers["Authorization"] = f"Bearer {token_of(session, facts)}"
    return session


def token_of(session: requests.Session, facts: Facts) -> str:
    """An access token for the tenant."""
    answer = session.post(
        f"{facts['authority_url']}/{facts['tenant_id']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": facts["client_id"],
            "client_secret": facts["client_secret"],
            "scope": f"{facts['graph_url']}/.default",
        },
        timeout=_TIMEOUT,
    )
    token: str = answer.json()["access_token"]
    return token


def list_all(session: requests.Session, url: str | None) -> list[str]:
    """The ids of a listing: without them nothing could be asked for afterwards."""
    ids: list[str] = []
    while url:
        page: dict[str, Any] = session.get(url, timeout=_TIMEOUT).json()
        ids += [item["id"] for item in page["value"]]
        url = page.get("@odata.nextLink")
    return ids


def download(session: requests.Session, facts: Facts, url: str) -> None:
    """Fetch a usage report and read it through."""
    redirect = session.get(url, allow_redirects=False, timeout=_TIMEOUT)
    report = requests.get(redirect.headers["Location"], verify=facts["ca_bundle"], timeout=_TIMEOUT)
    for _ in csv.DictReader(io.StringIO(report.content.decode("utf-8-sig"))):
        pass


def _batch(session: requests.Session, root: str, ids: list[str]) -> None:
    asked = [
        {"id": user_id, "method": "GET", "url": f"/users/{user_id}/mailboxSettings/userPurpose"}
        for user_id in ids
    ]
    session.post(f"{root}/$batch", json={"requests": asked}, timeout=_TIMEOUT).json()


if __name__ == "__main__":
    print(json.dumps(read_everything(json.loads(sys.argv[1])) | {"peak_mb": peak_mb()}))
