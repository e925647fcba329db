"""Migrations of SQL runs."""
