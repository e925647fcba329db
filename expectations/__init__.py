"""What good data looks like. Imports nothing of ours."""
