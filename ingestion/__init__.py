"""What arrives becomes typed rows. Imports nothing of ours."""
