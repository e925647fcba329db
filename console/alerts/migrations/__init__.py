"""Migrations of alerts."""
