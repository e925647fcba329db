"""What every part of the project stands on: errors that people read. Imports nothing of ours."""
