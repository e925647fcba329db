"""What looks wrong tonight, and the rules that say so."""
