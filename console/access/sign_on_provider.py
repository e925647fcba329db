"""The provider of single sign-on: where its pages are, and what it says about a person, believed only when checked.

mozilla-django-oidc fetches tokens and keys. What it leaves open is closed here: the issuer and the audience of a token
are checked, an e-mail address counts only where the provider has verified it, nobody is added as a user by signing on,
and whoever is closed is closed for single sign-on too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from console.access.models import User

_ALGORITHMS = ["RS256", "ES256"]
_LEEWAY_SECONDS = 60  # two clocks are never quite the same
_KEPT_SECONDS = 3600
_PAGES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")

_found: dict[str, tuple[float, Mapping[str, str]]] = {}


class SignOnRefusedError(Exception):
    """Single sign-on did not succeed; the message says why and what to do, for the person in front of it.

    `why` says it for the audit log, and `user` is whom it was about, where that is known.
    """

    def __init__(self, words: str, why: str, user: User | None = None) -> None:
        super().__init__(words)
        self.why = why
        self.user = user


def _unreachable(why: str) -> SignOnRefusedError:
    return SignOnRefusedError(
        "The single sign-on of your organisation cannot be reached at the moment. Try again in a few minutes, or sign "
        "in with your password.",
        why,
    )


def _untrusted(why: str) -> SignOnRefusedError:
    return SignOnRefusedError(
        "The answer of your organisation's single sign-on is not one that we can trust. Try again. If it happens "
        "again, tell the administrator.",
        why,
    )


def pages_of_provider() -> Mapping[str, str]:
    """Where the provider's pages are, as it publishes them itself; asked for once an hour.

    Raises SignOnRefusedError where it cannot be reached or speaks for somebody else.
    """
    issuer = settings.OIDC_ISSUER
    kept = _found.get(issuer)
    if kept and time.monotonic() - kept[0] < _KEPT_SECONDS:
        return kept[1]
    try:
        answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=settings.OIDC_TIMEOUT)
        answer.raise_for_status()
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _unreachable("the provider cannot be reached") from error
    pages = {name: str(told.get(name) or "") for name in _PAGES} if isinstance(told, dict) else {}
    if not pages or told.get("issuer") != issuer:
        raise _untrusted("the provider calls itself by another name")
    schemes = ("https://",) if settings.SESSION_COOKIE_SECURE else ("https://", "http://")
    if not all(address.startswith(schemes) for address in pages.values()):
        raise _untrusted("a page of the provider is not reached by https")
    _found[issuer] = (time.monotonic(), pages)
    return pages


class SingleSignOn(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Finds the user whom the provider speaks of."""

    def __init__(self) -> None:
        # Made for every request of somebody who has signed on, so nothing is asked of the provider here.
        self.UserModel = get_user_model()

    # Not that of mozilla-django-oidc, which would let somebody in whose account was closed since.
    get_user = ModelBackend.get_user

    def authenticate(self, request: HttpRequest | None, *, nonce: str, code_verifier: str) -> User | None:
        """The user whom the provider's answer, in the address of the request, is about.

        Only the page to which the provider sends people back gives a nonce: on the sign-in page, where there are a
        name and a password, this is never asked. Raises SignOnRefusedError where nobody may sign in.
        """
        pages = pages_of_provider()
        self.OIDC_OP_TOKEN_ENDPOINT = pages["token_endpoint"]
        self.OIDC_OP_USER_ENDPOINT = pages["userinfo_endpoint"]
        self.OIDC_OP_JWKS_ENDPOINT = pages["jwks_uri"]
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_RP_CLIENT_SECRET
        user: User | None = super().authenticate(request, nonce=nonce, code_verifier=code_verifier)
        return user

    def get_token(self, payload: dict[str, str]) -> dict[str, Any]:
        """The provider's tokens for its code."""
        try:
            tokens = super().get_token(payload)
        except requests.HTTPError as error:
            raise _untrusted("the provider refused its code") from error
        except (requests.RequestException, ValueError) as error:
            raise _unreachable("the provider gave no token") from error
        if not isinstance(tokens, dict) or not isinstance(tokens.get("id_token"), str):
            raise _untrusted("the provider gave no token")
        return tokens

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """What a token says, once signature, issuer, audience, times and nonce are right."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.retrieve_matching_jwk(token),
                algorithms=_ALGORITHMS,
                audience=self.OIDC_RP_CLIENT_ID,
                issuer=settings.OIDC_ISSUER,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise SignOnRefusedError("The answer of single sign-on came too late. Start again.", "expired") from error
        except requests.RequestException as error:
            raise _unreachable("the provider gave no keys") from error
        except (jwt.PyJWTError, SuspiciousOperation, KeyError, TypeError, ValueError) as error:
            raise _untrusted(f"the token is not right: {type(error).__name__}") from error
        others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if others else self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID:
            raise _untrusted("the token was made for another service")
        nonce = kwargs.get("nonce")
        if not nonce or not compare_digest(str(claims.get("nonce")).encode(), str(nonce).encode()):
            raise _untrusted("the token answers another question")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User:
        """The user with the verified e-mail address; never a new one."""
        claims = payload if "email" in payload else self._asked(access_token, id_token, payload)
        address = str(claims.get("email") or "").strip().lower()
        verified = claims.get("email_verified")
        if not address or not (
            verified is True or verified == "true" or (verified is None and settings.OIDC_TRUSTS_EMAIL)
        ):
            raise SignOnRefusedError(
                "The single sign-on of your organisation does not say that it has checked your e-mail address. Ask "
                "those who look after it, or sign in with your password.",
                "the e-mail address is not verified",
            )
        user = User.objects.filter(email=address).first()
        if user is None:
            raise SignOnRefusedError(
                f"You have signed on as {address}, and nobody with this address may use Cluster Returns. Ask the "
                "administrator to add you.",
                "an address that is no user's",
            )
        if not user.is_active:
            raise SignOnRefusedError("This account is closed. Ask the administrator.", "closed", user)
        return user

    def _asked(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What the provider says about the person when asked; it must be the person of the token."""
        try:
            told = self.get_userinfo(access_token, id_token, payload)
        except (requests.RequestException, ValueError) as error:
            raise _unreachable("the provider says nothing about the person") from error
        if not isinstance(told, dict) or told.get("sub") != payload["sub"]:
            raise _untrusted("the provider speaks of another person")
        return told
