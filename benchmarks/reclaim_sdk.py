"""The same careful loop with Microsoft's own SDK: one license at a time, read, removed, read again.

    <folder>/bin/python -m benchmarks.reclaim_sdk '<the connection as JSON, with seats>'

The Python is one that has `benchmarks/requirements.txt` (`benchmarks.sdk`). The SDK itself waits where
Microsoft asks to.
"""

import asyncio
import json
import sys
import time
from uuid import UUID

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.users.item.assign_license.assign_license_post_request_body import (
    AssignLicensePostRequestBody,
)
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder

from benchmarks.sdk import service

_LOOK_AFTER = 0.5


async def reclaim(facts: dict[str, str], seats: list[tuple[str, str]]) -> dict[str, float]:
    """CPU and wall time of reclaiming these licenses; the first one is not measured.

    The SDK imports much of itself only then, which is not what is compared.
    """
    async with service(facts) as graph:
        await _reclaim(graph, *seats[0])
        cpu, wall = time.process_time(), time.perf_counter()
        for user_id, sku_id in seats[1:]:
            await _reclaim(graph, user_id, sku_id)
        return {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "reclaimed": len(seats) - 1,
        }


async def _reclaim(graph: GraphServiceClient, user_id: str, sku_id: str) -> None:
    if not await _holds(graph, user_id, sku_id):
        return
    body = AssignLicensePostRequestBody(add_licenses=[], remove_licenses=[UUID(sku_id)])
    await graph.users.by_user_id(user_id).assign_license.post(body)
    while await _holds(graph, user_id, sku_id):  # noqa: ASYNC110 - nobody tells when a replica catches up
        await asyncio.sleep(_LOOK_AFTER)


async def _holds(graph: GraphServiceClient, user_id: str, sku_id: str) -> bool:
    asked = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(
        select=["id", "accountEnabled", "licenseAssignmentStates"]
    )
    user = await graph.users.by_user_id(user_id).get(
        request_configuration=RequestConfiguration(query_parameters=asked)
    )
    return any(
        str(state.sku_id) == sku_id and state.assigned_by_group is None
        for state in user.license_assignment_states or []
    )


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(reclaim(given["facts"], [tuple(seat) for seat in given["seats"]]))))
