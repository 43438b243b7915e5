"""Programs that a benchmark starts in a fresh process; each prints one line of JSON."""
