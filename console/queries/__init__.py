"""Questions to lead agencies and their answers."""
