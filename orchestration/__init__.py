"""The night, the release and the command line."""
