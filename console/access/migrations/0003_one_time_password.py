"""A password that an administrator gave is good for one sign-in."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0002_audit_log")]
    operations: ClassVar = [
        migrations.AddField("user", "must_change_password", models.BooleanField(default=False)),
    ]
