"""Returns: their state, versions, and the upload by lead agencies."""
