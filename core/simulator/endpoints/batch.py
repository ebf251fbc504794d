"""POST /$batch: up to 20 calls in one, answered in any order (contract §7.3)."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import orjson

from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import Answer, Breakage, Call, GraphProblem, body_object, json_answer

MOST = 20
_FIRST_ERROR = 400

Answering = Callable[[Service, Call], Answer]


def answer_batch(service: Service, call: Call, answering: Answering) -> Answer:
    """200 with an answer per item, each limited and refused on its own. Raises GraphProblem 400."""
    items = _items(call)
    done: dict[str, Json] = {}
    for item in items:
        failed = [
            one
            for one in item.get("dependsOn", [])
            if done.get(one.lower(), {}).get("status", 424) >= _FIRST_ERROR
        ]
        done[item["id"].lower()] = (
            _failed_dependency(item) if failed else _one(service, call, item, answering)
        )
    responses = list(done.values())
    random.Random(call.request_id).shuffle(responses)  # noqa: S311 -- clients must not lean on the order
    return json_answer({"responses": responses})


def _items(call: Call) -> list[dict[str, Any]]:
    items = body_object(call).get("requests")
    if not isinstance(items, list) or not items:
        raise GraphProblem(400, "BadRequest", "Invalid batch payload format.")
    if len(items) > MOST:
        message = f"Number of batch request steps exceeds the maximum value of {MOST}."
        raise GraphProblem(400, "BadRequest", message)
    seen: set[str] = set()
    for item in items:
        known = isinstance(item, dict) and all(
            isinstance(item.get(key), str) for key in ("id", "method", "url")
        )
        if not known or not item["id"] or item["id"].lower() in seen:
            raise GraphProblem(
                400, "BadRequest", "Invalid batch payload format: each request needs an id of its own."
            )
        if item.get("body") is not None and "content-type" not in {
            name.lower() for name in item.get("headers", {})
        }:
            message = f"Write request id : {item['id']} does not contain Content-Type header or body."
            raise GraphProblem(400, "BadRequest", message)
        seen.add(item["id"].lower())
    return items


def _failed_dependency(item: dict[str, Any]) -> Json:
    error = {"code": "FailedDependency", "message": "The request depends on another that failed."}
    return {"id": item["id"], "status": 424, "body": {"error": error}}


def _one(service: Service, outer: Call, item: dict[str, Any], answering: Answering) -> Json:
    path, _, query = item["url"].partition("?")
    inherited = {
        name: outer.headers[name] for name in ("authorization", "user-agent") if name in outer.headers
    }
    body = item.get("body")
    call = Call(
        method=item["method"].upper(),
        path="/v1.0/" + unquote(path).lstrip("/"),
        query_string=query,
        headers=inherited | {name.lower(): str(value) for name, value in item.get("headers", {}).items()},
        body=b"" if body is None else orjson.dumps(body),
        host=outer.host,
        request_id=str(uuid4()),
        in_batch=True,
    )
    if call.path == "/v1.0/$batch":
        raise GraphProblem(400, "BadRequest", "A batch can't hold a batch.")
    answer = answering(service, call)
    if answer.breakage is not Breakage.NEVER:
        # There is no connection of its own to tear: the gateway reports what became of the item.
        error = {"code": "ServiceUnavailable", "message": "The service is unavailable."}
        return {"id": item["id"], "status": 503, "body": {"error": error}}
    found: Json = {"id": item["id"], "status": answer.status, "headers": dict(answer.headers)}
    if answer.content_type is not None:
        found["headers"]["Content-Type"] = answer.content_type
    if answer.body:
        found["body"] = _body(answer)
    return found


def _body(answer: Answer) -> object:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer.body.decode(errors="replace")
