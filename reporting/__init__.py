"""Reports: what the lead officer, a steering group and an organisation get back, read from a release."""
