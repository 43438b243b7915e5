"""The values of one column, whatever library holds them: numbers, words, dates."""
