"""Microsoft's own SDK listing the same users, for comparison: a script for a Python that has it.

    python -m venv <folder> && <folder>/bin/pip install -r benchmarks/requirements.txt
    <folder>/bin/python benchmarks/sdk.py '<the connection as JSON>'

It imports nothing of the product, and the product nothing of it. It lists, and keeps nothing; what it prints
is the CPU and wall time of that, without imports, as JSON.
"""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory

_TIMEOUT = 60


@asynccontextmanager
async def service(facts: dict[str, str]) -> AsyncIterator[GraphServiceClient]:
    """The SDK's client of a tenant."""
    credential = ClientSecretCredential(
        facts["tenant_id"],
        facts["client_id"],
        facts["client_secret"],
        authority=facts["authority_url"],
        disable_instance_discovery=True,
        connection_verify=facts["ca_bundle"],
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[f"{facts['graph_url']}/.default"])
    verify = ssl.create_default_context(cafile=facts["ca_bundle"])
    plain = httpx.AsyncClient(
        verify=verify, timeout=_TIMEOUT, http2=True, trust_env=False, base_url=f"{facts['graph_url']}/v1.0"
    )
    async with GraphClientFactory.create_with_default_middleware(client=plain) as client:
        adapter = GraphRequestAdapter(provider, client=client)
        adapter.base_url = f"{facts['graph_url']}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)


async def list_users(facts: dict[str, str]) -> int:
    """List everybody with the properties that a sync reads; how many they are."""
    async with service(facts) as graph:
        users = graph.users
        asked = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            select=facts["select"].split(","),
            expand=["manager($select=id,displayName,userPrincipalName)"],
            top=999,
        )
        page = await users.get(request_configuration=RequestConfiguration(query_parameters=asked))
        count = 0
        while page is not None:
            count += len(page.value or [])
            if not page.odata_next_link:
                break
            page = await users.with_url(page.odata_next_link).get()
        return count


def main() -> None:
    """List the users of the tenant that the first argument describes; of two listings the better one counts.

    The SDK imports much of itself only when the first user is parsed, which is not what is compared.
    """
    facts = json.loads(sys.argv[1])
    found = []
    for _ in range(2):
        cpu, wall = time.process_time(), time.perf_counter()
        count = asyncio.run(list_users(facts))
        found.append({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "objects": count})
    print(json.dumps({name: min(each[name] for each in found) for name in found[0]}))


if __name__ == "__main__":
    main()
