"""What a call names of a release: a cluster, a year, a rule. Where there is no such thing, it says which there are."""

from __future__ import annotations

from orchestration.release import Release, open_release
from workspace.errors import WrongCallError
from workspace.suggestions import what_there_is


def named_cluster(release: Release, asked: str) -> str:
    """The id of a cluster of the release, by its id or its name, whatever the case.

    Raises WrongCallError where there is no such cluster.
    """
    with open_release(release) as marts:
        known = marts.execute("select cluster_id, cluster_name from clusters order by cluster_id").fetchall()
    for cluster_id, name in known:
        if asked.casefold() in {str(cluster_id).casefold(), str(name).casefold()}:
            return str(cluster_id)
    raise WrongCallError(f"There is no cluster {asked}.", what_there_is(asked, (one for one, _ in known)))


def named_year(release: Release, asked: str) -> str:
    """A reporting year for which the release has returns, figures or alerts.

    Raises WrongCallError where it has none.
    """
    return _one_of(
        release,
        "reporting year",
        asked,
        """
        select reporting_year from returns
        union select reporting_year from alerts
        union select reporting_year from turnover_by_cluster
        """,
    )


def named_rule(release: Release, asked: str) -> str:
    """The code of a rule of the release, whatever its case.

    Raises WrongCallError where there is no such rule.
    """
    return _one_of(
        release, "rule", asked.upper(), "select rule_code from rule_scorecard union select rule_code from alerts"
    )


def _one_of(release: Release, what: str, asked: str, sql: str) -> str:
    with open_release(release) as marts:
        known = sorted(str(one) for (one,) in marts.execute(sql).fetchall() if one is not None)
    if asked not in known:
        raise WrongCallError(f"There is no {what} {asked} in the release.", what_there_is(asked, known))
    return asked
