"""Access tokens: JWTs with the application's roles, which only this tenant accepts (contract §8)."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.simulator.config import TenantConfig
from core.simulator.wire import GraphProblem

Claims = dict[str, Any]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def issue_token(
    config: TenantConfig, roles: frozenset[str], now: float, lifetime: float, audience: str
) -> str:
    """A new access token of the tenant's application."""
    claims: Claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{config.tenant_id}/",
        "iat": int(now),
        "nbf": int(now),
        "exp": now + lifetime,
        "appid": config.client_id,
        "oid": config.service_principal_id,
        "idtyp": "app",
        "roles": sorted(roles),
        "tid": config.tenant_id,
        "ver": "1.0",
    }
    head = _encode(orjson.dumps({"typ": "JWT", "alg": "HS256"}))
    signed = f"{head}.{_encode(orjson.dumps(claims))}"
    return f"{signed}.{_encode(_signature(config, signed))}"


def _signature(config: TenantConfig, signed: str) -> bytes:
    return hmac.new(
        f"{config.tenant_id}:{config.client_secret}".encode(), signed.encode(), hashlib.sha256
    ).digest()


def read_token(config: TenantConfig, authorization: str) -> Claims:
    """The claims of the token in an Authorization header. Raises GraphProblem 401; does not look at `exp`."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("Access token is empty.")
    signed, _, signature = token.rpartition(".")
    if signed.count(".") != 1:
        raise _unauthorized("IDX14100: JWT is not well formed, there are no dots (.).")
    try:
        genuine = hmac.compare_digest(_decode(signature), _signature(config, signed))
        claims: Claims = orjson.loads(_decode(signed.partition(".")[2])) if genuine else {}
    except ValueError:
        claims = {}
    if not claims:
        raise _unauthorized("Access token validation failure. Invalid signature.")
    return claims


def check_expiry(claims: Claims, now: float) -> None:
    """Raises GraphProblem 401 where the token's time is over."""
    if float(claims["exp"]) <= now:
        raise _unauthorized("Lifetime validation failed, the token is expired.")


def _unauthorized(message: str) -> GraphProblem:
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    )
    return GraphProblem(401, "InvalidAuthenticationToken", message, WWW_Authenticate=challenge)


def assertion_is_valid(config: TenantConfig, assertion: str, now: float) -> bool:
    """Whether an assertion is signed by the registered certificate, for this application, and not expired.

    RS256 and PS256, the two that msal makes (contract §8.5).
    """
    if config.client_certificate_pem is None:
        return False
    try:
        signed, _, signature = assertion.rpartition(".")
        head, _, body = signed.partition(".")
        algorithm = orjson.loads(_decode(head))["alg"]
        claims = orjson.loads(_decode(body))
        key = x509.load_pem_x509_certificate(config.client_certificate_pem.encode()).public_key()
        if not isinstance(key, rsa.RSAPublicKey) or claims["sub"] != config.client_id or claims["exp"] <= now:
            return False
        scheme: padding.AsymmetricPadding = (
            padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
            if algorithm == "PS256"
            else padding.PKCS1v15()
        )
        key.verify(_decode(signature), signed.encode(), scheme, hashes.SHA256())
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return False
    return True
