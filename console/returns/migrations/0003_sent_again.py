"""The same file may be sent again, such as a version that counts again after another one came."""

from typing import ClassVar

from django.db import migrations, models

from console.decisions.triggers import kept_when_rebuilt


class Migration(migrations.Migration):
    """After the triggers."""

    dependencies: ClassVar = [("returns", "0002_never_replaced")]
    operations: ClassVar = [
        migrations.AddField("sent", "arrival", models.PositiveIntegerField(default=1, db_default=1)),
        migrations.RemoveConstraint("sent", "a_file_is_sent_once"),
        migrations.AddConstraint(
            "sent",
            models.UniqueConstraint(fields=("cluster_id", "sha256", "arrival"), name="an_arrival_is_signed_off_once"),
        ),
        kept_when_rebuilt("returns_sent", "sent_returns"),
    ]
