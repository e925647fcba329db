"""Marts, SQL and releases."""
