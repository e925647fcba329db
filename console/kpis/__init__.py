"""KPIs: targets, figures, paths."""
