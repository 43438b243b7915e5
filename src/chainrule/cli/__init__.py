"""The commands: fit, predict, evaluate, inspect."""
