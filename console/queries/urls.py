"""Addresses below /queries/."""

from __future__ import annotations

from django.urls import URLPattern, path

from console.queries import choose_views, letter_views, question_views, upload_views

app_name = "queries"
urlpatterns: list[URLPattern] = [
    path("", letter_views.letters, name="list"),
    path("choose/", choose_views.choose, name="choose"),
    path("make/", choose_views.make, name="make"),
    path("<int:letter_id>/", letter_views.one_letter, name="letter"),
    path("<int:letter_id>/workbook/", letter_views.workbook, name="workbook"),
    path("<int:letter_id>/email/", letter_views.email, name="email"),
    path("<int:letter_id>/eml/", letter_views.eml, name="eml"),
    path("<int:letter_id>/upload/", upload_views.upload, name="upload"),
    path("<int:letter_id>/<int:number>/", question_views.one_question, name="question"),
]
