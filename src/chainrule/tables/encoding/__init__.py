"""A data frame as a matrix of numbers: kinds of columns, their encoding, the features."""
