"""What must hold of the marts before they are published."""
