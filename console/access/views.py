"""Sign-in, the page that one lands on, the accessibility statement."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from console.access.clusters import user_of
from console.access.matrix import PAGES
from console.access.roles import ADMINISTRATOR, AGENCY, ANALYST, OFFICER, STEWARD
from console.access.tries import forget_the_future
from ingestion.programme import read_programme

# Where each role begins; the first page that there is.
_FIRST = {
    STEWARD: "alerts:list",
    AGENCY: "returns:list",
    ANALYST: "data:marts",
    OFFICER: "kpis:programme",
    ADMINISTRATOR: "access:users",
}


class SignInForm(AuthenticationForm):
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        # The page begins at its top, or at what is wrong with it.
        del self.fields["username"].widget.attrs["autofocus"]
        self.error_messages = {
            "invalid_login": "That e-mail address and password do not belong together. Check both and try again.",
            "inactive": "This account is closed. Ask the administrator.",
        }


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "access/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try to sign in; what a clock that was ahead left keeps nobody out."""
        forget_the_future()
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether there is single sign-on too."""
        return super().get_context_data(**kwargs) | {"single_sign_on": bool(settings.OIDC_ISSUER)}


def home(request: HttpRequest) -> HttpResponse:
    """To the page where this role begins."""
    first = _FIRST[user_of(request).role]
    return redirect(first) if first in PAGES else render(request, "access/home.html")


def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "access/accessibility.html", {"ask_whom": read_programme(settings.PROGRAMME).ask_whom})


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not opened on this site, or too long ago; nothing of it was done."""
    return render(request, "form_too_old.html", status=403)
