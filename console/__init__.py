"""The console: stewards decide here. Owns the operational database; reads releases."""
