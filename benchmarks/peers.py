"""What else could have worked out the figures: pandas, over the same landed rows, for one mart's central figures.

Turnover by cluster and year (level, like-for-like growth, median growth, share at or above the target) of a nation of
organisations, by pandas and by DuckDB's SQL, each from the Parquet file to the last figure. The two answers are held
against one another; a peer that counted something else would be no measure.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb

from benchmarks.nation import lay_nation

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["cluster_id", "reporting_year"]
_TARGET = 0.15
_SQL = """
with
pairs as (
    select *,
        case when before > 0 then income / before - 1 end as growth
    from (
        select cluster_id, reporting_year, total_income_gbp as income,
            lag(total_income_gbp) over (partition by cluster_id, charity_number order by reporting_year) as before
        from read_parquet('{file}')
    )
)
select cluster_id, reporting_year,
    sum(income) as turnover,
    sum(income) filter (where growth is not null) / sum(before) filter (where growth is not null) - 1 as like_for_like,
    median(growth) as median_growth,
    avg(case when growth >= {target} then 1.0 when growth is not null then 0.0 end) as share
from pairs
group by cluster_id, reporting_year
order by cluster_id, reporting_year
"""


def by_duckdb(file: Path) -> pd.DataFrame:
    """The figures by SQL, one row per cluster and year."""
    with duckdb.connect(config={"threads": 2}) as connection:
        return connection.execute(_SQL.format(file=file, target=_TARGET)).df()


def by_pandas(file: Path) -> pd.DataFrame:
    """The same figures as a data analyst would work them out with pandas, one row per cluster and year."""
    import pandas as pd

    rows = pd.read_parquet(file, columns=[*_KEYS, "charity_number", "total_income_gbp"])
    rows = rows.rename(columns={"total_income_gbp": "income"}).sort_values(["cluster_id", "charity_number", *_KEYS[1:]])
    before = rows.groupby(["cluster_id", "charity_number"], sort=False)["income"].shift()
    rows["growth"] = (rows["income"] / before.where(before > 0)) - 1
    counted = rows["growth"].notna()
    rows["income_counted"] = rows["income"].where(counted)
    rows["before_counted"] = before.where(counted)
    rows["at_target"] = (rows["growth"] >= _TARGET).astype(float).where(counted)
    grouped = rows.groupby(_KEYS)
    sums = grouped[["income", "income_counted", "before_counted"]].sum(min_count=1)
    figures = pd.DataFrame(
        {
            "turnover": sums["income"],
            "like_for_like": sums["income_counted"] / sums["before_counted"] - 1,
            "median_growth": grouped["growth"].median(),
            "share": grouped["at_target"].mean(),
        }
    )
    return figures.reset_index()


def compare(organisation_years: int) -> tuple[float, float]:
    """Seconds of pandas and of DuckDB; raises AssertionError where their figures differ."""
    import pandas as pd

    with tempfile.TemporaryDirectory(prefix="returns-peers-") as scratch:
        lay_nation(Path(scratch), Path(scratch) / "warehouse.duckdb", organisation_years)
        file = Path(scratch) / "nation" / "organisations.parquet"
        took, figures = [], []
        for count in (by_pandas, by_duckdb):
            count(file)  # imports and the disk's cache
            began = time.perf_counter()
            figures.append(count(file))
            took.append(time.perf_counter() - began)
    pd.testing.assert_frame_equal(figures[0], figures[1], check_dtype=False, rtol=1e-9)
    return took[0], took[1]


if __name__ == "__main__":
    pandas_seconds, duckdb_seconds = compare(2_000_000)
    click.echo(f"pandas {pandas_seconds:.1f} s, DuckDB {duckdb_seconds:.1f} s: {pandas_seconds / duckdb_seconds:.1f} ×")
