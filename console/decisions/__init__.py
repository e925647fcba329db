"""What stewards decided about alerts, and the register of every alert that was ever seen."""
