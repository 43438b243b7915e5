"""The 8-3-8 encoder: three hidden units must tell eight patterns apart, and invent a binary code.

Source: Ackley, Hinton and Sejnowski 1985; Mitchell 1997, "Machine learning", section 4.6.4.
"""

import numpy as np

from chainrule.estimators.autoencoder import Autoencoder

PATTERNS = np.eye(8)


def model():
    """Return the encoder, trained on the eight patterns."""
    encoder = Autoencoder(
        (3,),
        "logistic",
        tied=False,
        loss="binary_log_loss",
        solver="lbfgs",
        alpha=0.001,
        max_iter=2000,
        tol=1e-5,
        random_state=1,
    )
    return encoder.fit(PATTERNS)


def main():
    """Print each pattern, its hidden code, and what is given back."""
    encoder = model()
    codes = encoder.transform(PATTERNS)
    outputs = encoder.inverse_transform(codes)
    print("input     hidden code     output")
    for pattern, code, output in zip(PATTERNS, codes, outputs, strict=True):
        bits = "".join(f"{bit:.0f}" for bit in pattern)
        given_back = "".join(f"{bit:.0f}" for bit in output)
        print(f"{bits}  {code[0]:.2f} {code[1]:.2f} {code[2]:.2f}  {given_back}")
    print(f"largest error {np.abs(outputs - PATTERNS).max():.4f}, {encoder.n_iter_} iterations")


if __name__ == "__main__":
    main()
