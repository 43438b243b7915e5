"""Mean squared logarithmic error: factors count, not differences."""

from chainrule.formulas import LOSSES

PAIRS = [(3, 5), (3000, 3200), (3000, 5000)]


def table():
    """Return (target, prediction, squared error, squared logarithmic error) for each pair."""
    square, square_of_logs = LOSSES["mean_squared_error"], LOSSES["squared_log_error"]
    return [(y, p, square.value(y, p), square_of_logs.value(y, p)) for y, p in PAIRS]


def main():
    """Print the table."""
    print("    y     p  (y - p)^2  (log(1 + y) - log(1 + p))^2")
    for y, p, square, square_of_logs in table():
        print(f"{y:5} {p:5} {square:10,.0f}  {square_of_logs:.4f}")
    print("5 for 3 is off by two thirds, 3200 for 3000 by a fifteenth: the logarithm sees that.")


if __name__ == "__main__":
    main()
