"""Nights have a number, since the clock by which they have their day can be wrong."""

from typing import Any, ClassVar

from django.db import migrations, models


def _number(apps: Any, editor: Any) -> None:
    """Those of earlier versions in the order of their days."""
    nights = apps.get_model("decisions", "Night").objects.using(editor.connection.alias)
    for number, seen_on in enumerate(nights.order_by("seen_on").values_list("seen_on", flat=True), start=1):
        nights.filter(seen_on=seen_on).update(number=number)


class Migration(migrations.Migration):
    """After the chain."""

    dependencies: ClassVar = [("decisions", "0003_chained")]
    operations: ClassVar = [
        migrations.AddField("night", "number", models.IntegerField(default=0)),
        migrations.RunPython(_number, migrations.RunPython.noop),
    ]
