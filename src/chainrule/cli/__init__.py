"""The commands: fit, tune, predict, evaluate, inspect."""
