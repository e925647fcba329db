"""Letters, their questions and answers; triggers keep all of them from being changed."""

import django.db.models.deletion
from django.db import migrations, models

from console.decisions.triggers import only_added


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("decisions", "0002_history_is_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster_id", models.CharField(db_index=True, max_length=200)),
                ("cluster_name", models.CharField(max_length=400)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=254)),
                ("answer_by", models.DateField()),
                ("note", models.TextField(blank=True)),
                ("release_id", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("rule_code", models.CharField(max_length=8)),
                ("organisation_id", models.CharField(max_length=200, null=True)),
                ("organisation_name", models.CharField(max_length=1000, null=True)),
                ("reporting_year", models.CharField(max_length=7, null=True)),
                ("field", models.CharField(max_length=100, null=True)),
                ("label", models.TextField(null=True)),
                ("observed", models.TextField(null=True)),
                ("value", models.FloatField(null=True)),
                ("expected", models.TextField(null=True)),
                ("message", models.TextField()),
                ("ask", models.TextField()),
                ("file_name", models.TextField(null=True)),
                ("sheet", models.TextField(null=True)),
                ("cell", models.CharField(max_length=16, null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="decisions.alert"
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="decisions.decision"),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="queries.letter"
                    ),
                ),
            ],
            options={
                "ordering": ["letter_id", "number"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("right", "What we sent is right"),
                            ("figure", "The right figure is another"),
                            ("not-apply", "The question does not apply"),
                            ("not-known", "We do not know the right figure"),
                            ("resend", "We will send a corrected return"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("growth", "Grew or shrank in the ordinary course of business"),
                            ("contract", "Won, lost or ended a contract or grant"),
                            ("one-off", "One-off income, gift or sale"),
                            ("merger", "Merged, took over or split off work"),
                            ("staffing", "Hired, laid off or changed how staff are counted"),
                            ("accounts", "Changed its accounting year or method"),
                            ("earlier-wrong", "The earlier figure was wrong, this one is right"),
                            ("genuine-none", "The answer really is none"),
                            ("checked", "Checked against accounts or records"),
                            ("other", "Another reason, given in the explanation"),
                        ],
                        max_length=16,
                    ),
                ),
                ("new_value", models.FloatField(null=True)),
                ("explanation", models.TextField()),
                ("answered_at", models.DateTimeField()),
                ("answered_by", models.CharField(max_length=254)),
                ("file_name", models.TextField(blank=True)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="queries.question"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Turndown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=254)),
                ("answer", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="queries.answer")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(fields=("letter", "number"), name="one_question_a_number"),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(fields=("letter", "alert"), name="one_question_an_alert"),
        ),
        only_added("queries_letter", "letters"),
        only_added("queries_question", "questions"),
        only_added("queries_answer", "answers"),
        only_added("queries_turndown", "turndowns"),
    ]
