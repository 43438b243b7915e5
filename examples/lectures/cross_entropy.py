"""Cross-entropy: what a predicted distribution costs where the truth is one class, or labels."""

from chainrule.formulas import LOSSES


def categorical(y, p):
    """Return - sum_k y_k log p_k."""
    return sum(map(LOSSES["log_loss"].value, y, p))


def multi_label(y, p):
    """Return - sum_k y_k log p_k + (1 - y_k) log (1 - p_k) over the labels that are known."""
    known = [(t, q) for t, q in zip(y, p, strict=True) if t != "?"]
    return sum(LOSSES["binary_log_loss"].value(float(t), q) for t, q in known)


CLASSES = [((1, 0, 0), (0.7, 0.2, 0.1)), ((1, 0, 0), (0.5, 0.3, 0.2))]
LABELS = [((1, 0, 1), (0.9, 0.3, 0.8)), ((1, "?", 1), (0.9, 0.3, 0.8))]


def main():
    """Print the table."""
    print("one class of three: only the true class's probability counts")
    for y, p in CLASSES:
        print(f"  y = {y}  p = {p}  loss = {categorical(y, p):.2f}")
    print("three labels, each true or not: every known one counts, '?' is left out")
    for y, p in LABELS:
        print(f"  y = {y!s:11}  p = {p}  loss = {multi_label(y, p):.2f}")


if __name__ == "__main__":
    main()
