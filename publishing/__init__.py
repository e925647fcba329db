"""What a release is made of: its tables, its descriptions, its public edition, its seal."""
