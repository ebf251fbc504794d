"""The sign-in side: discovery and the token endpoint (contract §8)."""

import hmac
from urllib.parse import parse_qsl
from uuid import uuid4

from core.simulator.service import Service
from core.simulator.tokens import assertion_is_valid, issue_token
from core.simulator.wire import Answer, Call, json_answer

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def discover(service: Service, call: Call, tenant: str) -> Answer:
    """GET /{tenant}/v2.0/.well-known/openid-configuration."""
    if not _is_tenant(service, tenant):
        return _refused(service, 90002, 400, "invalid_tenant", _no_tenant(tenant))
    root = f"{call.root}/{service.tenant.config.tenant_id}"
    return json_answer(
        {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "issuer": f"{root}/v2.0",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def token(service: Service, call: Call, tenant: str) -> Answer:
    """POST /{tenant}/oauth2/v2.0/token, by secret or by certificate."""
    form = dict(parse_qsl(call.body.decode(errors="replace")))
    refusal = _wrong_request(service, tenant, form) or _wrong_credential(service, form)
    if refusal is not None:
        return refusal
    config, conditions = service.tenant.config, service.tenant.conditions
    now, lifetime = service.tenant.clock(), conditions.token_lifetime
    audience = form["scope"].removesuffix("/.default")
    access_token = issue_token(config, conditions.permissions, now, lifetime, audience)
    seconds = max(1, int(lifetime))
    return json_answer(
        {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": access_token,
        }
    )


def _wrong_request(service: Service, tenant: str, form: dict[str, str]) -> Answer | None:
    """What is wrong with the request whoever sends it: tenant, grant, application, scope."""
    config = service.tenant.config
    if not _is_tenant(service, tenant):
        return _refused(service, 90002, 400, "invalid_request", _no_tenant(tenant))
    if form.get("grant_type") != "client_credentials":
        message = "The app requested an unsupported grant type."
        return _refused(service, 70003, 400, "unsupported_grant_type", message)
    client, scope = form.get("client_id", ""), form.get("scope", "")
    if client.lower() != config.client_id:
        message = (
            f"Application with identifier '{client}' was not found in the directory '{config.display_name}'. "
            "This can happen if the application has not been installed by the administrator of the tenant."
        )
        return _refused(service, 700016, 400, "unauthorized_client", message)
    if not scope.endswith("/.default") or " " in scope:
        message = f"The provided value for scope {scope} is not valid: it must end in /.default."
        return _refused(service, 1002012, 400, "invalid_scope", message)
    return None


def _wrong_credential(service: Service, form: dict[str, str]) -> Answer | None:
    """What is wrong with the proof of who asks: certificate or secret."""
    config, client = service.tenant.config, form.get("client_id", "")
    if form.get("client_assertion_type") == ASSERTION_TYPE:
        if assertion_is_valid(config, form.get("client_assertion", ""), service.tenant.clock()):
            return None
        message = "Client assertion failed signature validation: the certificate is not registered."
        return _refused(service, 700027, 401, "invalid_client", message)
    if service.tenant.conditions.secret_expired:
        message = (
            f"The provided client secret keys for app '{client}' are expired. Visit the Azure portal to "
            "create "
            "new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate "
            "credentials."
        )
        return _refused(service, 7000222, 401, "invalid_client", message)
    if not hmac.compare_digest(form.get("client_secret", "").encode(), config.client_secret.encode()):
        message = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client "
            "secret "
            f"value, not the client secret ID, for a secret added to app '{client}'."
        )
        return _refused(service, 7000215, 401, "invalid_client", message)
    return None


def _is_tenant(service: Service, tenant: str) -> bool:
    return tenant.lower() in {service.tenant.config.tenant_id, service.tenant.config.domain}


def _no_tenant(tenant: str) -> str:
    return (
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing "
        "into the "
        "correct cloud. This may happen if there are no active subscriptions for the tenant."
    )


def _refused(service: Service, code: int, status: int, error: str, message: str) -> Answer:
    trace, correlation = str(uuid4()), str(uuid4())
    stamp = service.tenant.now().strftime("%Y-%m-%d %H:%M:%SZ")
    text = f"AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": error,
        "error_description": text,
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }
    return json_answer(body, status)
