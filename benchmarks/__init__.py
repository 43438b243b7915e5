"""Speed, memory and start-up of chainrule beside its peers: `python -m benchmarks`."""
