"""A file, a frame or an array as a data frame, and what is wrong with it."""
