"""Accuracy on real tables beside the best recipes known: `python -m benchmarks.accuracy`."""
