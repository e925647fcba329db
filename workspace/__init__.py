"""What every part of the project stands on: whole and private files, and errors that people read."""
