"""Single sign-on: the page that sends people to the provider, and the one to which it sends them back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from console.access.audit import record
from console.access.sign_on_provider import SignOnRefusedError, pages_of_provider

BACKEND = "console.access.sign_on_provider.SingleSignOn"


def has_signed_on(request: HttpRequest) -> bool:
    """Whether this session began with single sign-on, and not with a password of ours."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == BACKEND)


class _WhereSetUp(View):
    """A page that is there only where single sign-on is set up, and that says in words why somebody is refused."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.OIDC_ISSUER:
            raise Http404
        try:
            return super().dispatch(request, *args, **kwargs)
        except SignOnRefusedError as refused:
            record(request, "sign-in-refused", f"single sign-on: {refused.why}", user=refused.user)
            return render(request, "access/sign_on_refused.html", {"words": str(refused)}, status=403)


class Start(_WhereSetUp, OIDCAuthenticationRequestView):  # type: ignore[misc]
    """To the provider's own sign-in page. It is reached by a link: a form may only be sent to ourselves."""

    def __init__(self, **kwargs: Any) -> None:
        View.__init__(self, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the visitor there with a state, a nonce and a challenge, all kept in the session."""
        self.OIDC_OP_AUTH_ENDPOINT = pages_of_provider()["authorization_endpoint"]
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        answer: HttpResponse = super().get(request)
        return answer


class Back(_WhereSetUp, OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Where the provider sends people back with a code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Sign the person in."""
        if request.GET.get("error"):
            raise SignOnRefusedError("You were not signed on by your organisation. Start again.", "not signed on there")
        try:
            answer: HttpResponse = super().get(request)
        except SuspiciousOperation as error:
            raise self._not_begun_here() from error
        return answer

    def login_failure(self) -> HttpResponse:
        """Nothing was begun in this browser, or the address is not whole."""
        raise self._not_begun_here()

    @staticmethod
    def _not_begun_here() -> SignOnRefusedError:
        return SignOnRefusedError(
            "This sign-on has been used already, or it was begun in another browser. Start again.",
            "not begun in this browser",
        )
