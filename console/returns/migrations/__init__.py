"""Migrations of returns."""
