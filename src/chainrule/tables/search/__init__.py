"""The search for settings: the space that is searched, and the search by cross-validation."""
