"""Made-up returns for trying things out."""
