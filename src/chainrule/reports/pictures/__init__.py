"""The pictures of a report, one kind a module, drawn by matplotlib without its global state."""
