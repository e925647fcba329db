# The KPIs of the current release as charts. Open it with:
#   RETURNS_HOME=var .venv/bin/marimo edit notebooks/kpis.py
import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="KPIs of the clusters")


@app.cell
def _():
    import os
    from pathlib import Path

    import altair as alt
    import duckdb
    import marimo as mo

    return Path, alt, duckdb, mo, os


@app.cell
def _(Path, os):
    # Resolved once for the whole notebook, so that all charts are of one release.
    release = (Path(os.environ.get("RETURNS_HOME", "var")) / "releases" / "current").resolve()
    return (release,)


@app.cell
def _(duckdb, release):
    def ask(sql):
        with duckdb.connect(str(release / "marts.duckdb"), read_only=True) as marts:
            found = marts.execute(sql).df()
            years = marts.execute(
                """
                select reporting_year, returns_received || ' of ' || returns_due || ' returns' from programme_years
                where not is_complete
                """
            ).fetchall()
        if "reporting_year" in found:
            # a year that is not complete says so wherever it is drawn
            found["reporting_year"] = found["reporting_year"].replace({year: f"{year} ({of})" for year, of in years})
        return found

    return (ask,)


@app.cell
def _(mo, release):
    mo.md(f"# KPIs of the clusters\n\nRelease `{release.name}`. Contribution, never attribution.")
    return


@app.cell
def _(alt, ask):
    turnover = ask(
        """
        select cluster_name, reporting_year, turnover_accepted_gbp, turnover_excluded_gbp, quality_rating
        from turnover_by_cluster order by all
        """
    )
    turnover_chart = (
        alt.Chart(turnover, title="Accepted turnover")
        .mark_line(point=True)
        .encode(
            x=alt.X("reporting_year", title="Reporting year"),
            y=alt.Y("turnover_accepted_gbp", title="Pounds", axis=alt.Axis(format="~s")),
            color=alt.Color("cluster_name", title="Cluster"),
            tooltip=[
                "cluster_name",
                "reporting_year",
                alt.Tooltip("turnover_accepted_gbp", title="Accepted", format=",.0f"),
                alt.Tooltip("turnover_excluded_gbp", title="Excluded", format=",.0f"),
                "quality_rating",
            ],
        )
    )
    turnover_chart
    return (turnover_chart,)


@app.cell
def _(alt, ask):
    growth = ask(
        """
        select cluster_name, reporting_year, like_for_like_growth_ratio, target_growth_ratio
        from turnover_by_cluster where like_for_like_growth_ratio is not null order by all
        """
    )
    bars = (
        alt.Chart(growth)
        .mark_bar()
        .encode(
            x=alt.X("cluster_name", title=None),
            y=alt.Y("like_for_like_growth_ratio", title="Growth, like for like", axis=alt.Axis(format="%")),
            tooltip=["cluster_name", alt.Tooltip("like_for_like_growth_ratio", format=".1%")],
        )
    )
    target = alt.Chart(growth).mark_rule(strokeDash=[4, 4]).encode(y="max(target_growth_ratio)")
    growth_chart = (
        alt.layer(bars, target, data=growth)
        .properties(width=140, title="Growth of turnover and the target")
        .facet(column=alt.Column("reporting_year", title=None))
    )
    growth_chart
    return (growth_chart,)


@app.cell
def _(alt, ask):
    jobs = ask(
        """
        select cluster_name, reporting_year, headcount_accepted, headcount_excluded, fte_accepted, fte_excluded,
            quality_rating
        from employment_by_cluster order by all
        """
    )
    jobs_chart = (
        alt.Chart(jobs, title="Paid employees, accepted")
        .mark_line(point=True)
        .encode(
            x=alt.X("reporting_year", title="Reporting year"),
            y=alt.Y("headcount_accepted", title="People"),
            color=alt.Color("cluster_name", title="Cluster"),
            tooltip=[
                "cluster_name",
                "reporting_year",
                "headcount_accepted",
                "headcount_excluded",
                "fte_accepted",
                "fte_excluded",
                "quality_rating",
            ],
        )
    )
    jobs_chart
    return (jobs_chart,)


@app.cell
def _(alt, ask):
    hours = ask(
        """
        select cluster_name, reporting_year, volunteer_hours_low_accepted_gbp, volunteer_hours_central_accepted_gbp,
            volunteer_hours_central_excluded_gbp, volunteer_hours_high_accepted_gbp,
            method_id || ' ' || method_version as method
        from social_value_by_cluster order by all
        """
    )
    base = alt.Chart(hours).encode(
        x=alt.X("reporting_year", title="Reporting year"),
        xOffset="cluster_name",
        color=alt.Color("cluster_name", title="Cluster"),
    )
    span = base.mark_rule(strokeWidth=3).encode(
        y=alt.Y("volunteer_hours_low_accepted_gbp", title="Pounds", axis=alt.Axis(format="~s")),
        y2="volunteer_hours_high_accepted_gbp",
    )
    central = base.mark_point(filled=True, size=60).encode(
        y="volunteer_hours_central_accepted_gbp",
        tooltip=[
            "cluster_name",
            alt.Tooltip("volunteer_hours_central_accepted_gbp", title="Accepted", format=",.0f"),
            alt.Tooltip("volunteer_hours_central_excluded_gbp", title="Excluded", format=",.0f"),
            "method",
        ],
    )
    hours_chart = (span + central).properties(title="Accepted volunteer hours, valued low, central and high")
    hours_chart
    return (hours_chart,)


@app.cell
def _(alt, ask):
    carbon = ask(
        """
        unpivot (from environment_by_cluster)
        on tco2e_scope_1_accepted, tco2e_scope_2_accepted, tco2e_scope_3_accepted
        into name scope value scope_tco2e
        """
    )[["cluster_name", "reporting_year", "scope", "scope_tco2e", "tco2e_excluded"]]
    carbon_chart = (
        alt.Chart(carbon, title="Accepted carbon by scope")
        .mark_bar()
        .encode(
            x=alt.X("cluster_name", title=None),
            y=alt.Y("scope_tco2e", title="Tonnes of CO2e"),
            color=alt.Color("scope", title="Scope"),
            column=alt.Column("reporting_year", title=None),
            tooltip=["cluster_name", "scope", "scope_tco2e", alt.Tooltip("tco2e_excluded", title="Excluded in all")],
        )
        .properties(width=140)
    )
    carbon_chart
    return (carbon_chart,)


@app.cell
def _(ask, mo):
    sure = ask(
        """
        select
            cluster_name, reporting_year, quality_rating, quality_reason, turnover_accepted_gbp, turnover_excluded_gbp,
            accepted_value_share, excluded_value_share, imputed_value_share, missing_value_share,
            answers_due, answers_received, answers_held_back, alerts_open
        from turnover_by_cluster order by all
        """
    )
    mo.vstack([mo.md("## Quality rating of turnover"), mo.ui.table(sure)])
    return (sure,)


if __name__ == "__main__":
    app.run()
