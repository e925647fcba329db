"""A provider of single sign-on (OpenID Connect, code flow with PKCE) on loopback, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "cluster-returns", "a secret of the tests"


class Provider:
    """One person has an account there: `person`, with what the provider says about them.

    `token` and `userinfo` change single claims (None takes one away); `key` signs; `off` makes it break.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signs_with = self.key
        self.person: dict[str, Any] = {"sub": "7", "email": "analyst@example.org", "email_verified": True}
        self.in_token = True  # whether the token itself has the person's address, or only /userinfo
        self.token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.off = False
        self._asked: dict[str, dict[str, str]] = {}
        self.answers: list[str] = []

    def discovery(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/keys",
        } | self.document

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """The address to which the person is sent back, as after signing in."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self._asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def give_token(self, told: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The tokens for a code, once, to whoever knows the verifier and the client's secret."""
        asked = self._asked.pop(told["code"], None)
        verifier = hashlib.sha256(told["code_verifier"].encode()).digest()
        if (
            asked is None
            or urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]
            or (told["client_id"], told["client_secret"]) != (CLIENT, SECRET)
            or told["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.person if self.in_token else {"sub": self.person["sub"]}
        claims = {name: value for name, value in (claims | self.token).items() if value is not None}
        signed = jwt.encode(claims, self.signs_with, algorithm="RS256", headers={"kid": "1"})
        return 200, {"access_token": "t", "token_type": "Bearer", "id_token": signed}

    def about(self) -> dict[str, Any]:
        return {name: value for name, value in (self.person | self.userinfo).items() if value is not None}


@contextmanager
def open_provider() -> Iterator[Provider]:
    """A provider that listens until the block ends."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            provider.answers.append(where.path)
            if provider.off:
                return self._answer(503, {})
            if where.path == "/authorize":
                self.send_response(302)
                asked = {name: values[0] for name, values in parse_qs(where.query).items()}
                self.send_header("Location", provider.authorize(asked))
                return self.end_headers()
            pages = {
                "/.well-known/openid-configuration": provider.discovery,
                "/keys": provider.keys,
                "/userinfo": provider.about,
            }
            return self._answer(200, pages[where.path]())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*provider.give_token({name: values[0] for name, values in parse_qs(sent).items()}))

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
