"""Contracts of landed rows."""
