"""A caller that speaks plain HTTPS to a running simulator, as an application of its tenant."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, Protocol

import requests
from typing_extensions import TypeVar

Json = dict[str, Any]


class Reachable(Protocol):
    """A simulator that runs somewhere: what it takes to speak to it."""

    @property
    def authority_url(self) -> str: ...
    @property
    def graph_url(self) -> str: ...
    @property
    def ca_bundle(self) -> Path: ...
    @property
    def tenant_id(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str: ...


Running = TypeVar("Running", bound=Reachable, default=Any)


class Caller(Generic[Running]):
    """Asks the simulator with a valid token, kept until `sign_in` is called again."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(running.ca_bundle)
        self.token = ""

    def request_token(self, **changes: str) -> requests.Response:
        """Asks for a token, with some of the form changed."""
        running = self.running
        form = {
            "grant_type": "client_credentials",
            "client_id": running.client_id,
            "client_secret": running.client_secret,
            "scope": f"{running.graph_url}/.default",
        }
        url = f"{running.authority_url}/{running.tenant_id}/oauth2/v2.0/token"
        return self.session.post(url, data=form | changes, timeout=10)

    def sign_in(self) -> None:
        """Takes a new token, with the roles that the tenant grants now."""
        self.token = str(self.request_token().json()["access_token"])

    def call(
        self, method: str, path: str, *, body: object = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """One request below /v1.0 (or to a whole URL), redirects not followed."""
        if not self.token:
            self.sign_in()
        url = path if path.startswith("https://") else f"{self.running.graph_url}/v1.0{path}"
        return self.session.request(
            method,
            url,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"} | (headers or {}),
            allow_redirects=False,
            timeout=20,
        )

    def get(self, path: str, **headers: str) -> requests.Response:
        """GET, with these headers (`_` for `-`)."""
        return self.call(
            "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    def control(self, method: str, path: str, body: object = None) -> requests.Response:
        """A request to the simulator's control door."""
        return self.session.request(
            method,
            f"{self.running.graph_url}/_simulator/{path}",
            json=body,
            headers={"X-Simulator-Secret": self.running.client_secret},
            timeout=10,
        )

    def pages(self, path: str) -> list[list[Json]]:
        """The objects of every page of a listing, by its next links."""
        found = []
        while path:
            listing = self.get(path).json()
            found.append(listing["value"])
            path = listing.get("@odata.nextLink", "")
        return found

    def assign(
        self, user: str, *, add: Iterable[str | Json] = (), remove: Iterable[str] = ()
    ) -> requests.Response:
        """POST assignLicense; a type to add is its id, or the whole object."""
        added = [{"skuId": one} if isinstance(one, str) else one for one in add]
        body = {"addLicenses": added, "removeLicenses": list(remove)}
        return self.call("POST", f"/users/{user}/assignLicense", body=body)

    def states(self, user: str) -> list[Json]:
        """The user's licenseAssignmentStates, as readers see them."""
        found: list[Json] = self.get(f"/users/{user}?$select=licenseAssignmentStates").json()[
            "licenseAssignmentStates"
        ]
        return found

    def licenses(self, user: str) -> set[str]:
        """The ids of the license types that the user holds effectively."""
        found = self.get(f"/users/{user}?$select=assignedLicenses").json()["assignedLicenses"]
        return {one["skuId"] for one in found}


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of an error answer."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]
