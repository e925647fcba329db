"""The engine Spark: the same figures as DuckDB, on one machine and on a cluster."""
