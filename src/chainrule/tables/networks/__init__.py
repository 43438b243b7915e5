"""A network for a table: its layers by the recipe, and several trained side by side."""
