"""Polygons from two hidden layers: half-planes, then AND, then OR.

A unit of the first layer says on which side of a line a point lies. A unit of the second is on
where all sides of one polygon agree: AND. The output is on inside any of the polygons: OR.
"""

import numpy as np
from figure import save

from chainrule.graph import Dense, Graph, Input
from chainrule.training import GraphModel

SQUARE = np.array([[-2.0, -1.0], [-0.5, -1.0], [-0.5, 1.0], [-2.0, 1.0]])
TRIANGLE = np.array([[0.0, -1.2], [2.0, 0.0], [0.5, 1.3]])
POLYGONS = [SQUARE, TRIANGLE]  # corners, counter-clockwise


def half_planes(corners):
    """Return W of shape (2, sides) and b: x W + b > 0 to the left of each side."""
    (dx, dy) = (np.roll(corners, -1, axis=0) - corners).T
    W = np.stack([-dy, dx])
    return W, -np.sum(corners * W.T, axis=1)


def model():
    """Return the network; its weights are the corners, written as lines."""
    sides = [len(corners) for corners in POLYGONS]
    x = Input(2)
    lines = Dense(sum(sides), activation="step")(x, name="half-planes")
    each = Dense(len(sides), activation="step")(lines, name="and")
    network = GraphModel(Graph(x, Dense(1, activation="step")(each, name="or")))
    planes = [half_planes(corners) for corners in POLYGONS]
    network.coefs[0][...] = np.hstack([W for W, _ in planes])
    network.intercepts[0][...] = np.concatenate([b for _, b in planes])
    network.coefs[1][...] = np.repeat(np.eye(len(sides)), sides, axis=0)
    network.intercepts[1][...] = 0.5 - np.array(sides)  # on where all of its sides are
    network.coefs[2][...], network.intercepts[2][...] = 1.0, -0.5  # on where one is
    return network


def grid(columns, rows):
    """Return points row by row from the top left of the picture."""
    across, down = np.linspace(-2.5, 2.5, columns), np.linspace(1.6, -1.6, rows)
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)


def draw(axes):
    """Draw where the output is on."""
    on = model().predict(grid(400, 256)).reshape(256, 400)
    axes.imshow(on, extent=(-2.5, 2.5, -1.6, 1.6), cmap="Blues", alpha=0.6)
    for corners in POLYGONS:
        axes.plot(*np.vstack([corners, corners[:1]]).T, color="black")


def main():
    """Print the plane: # where the output is on."""
    network = model()
    for line in network.predict(grid(60, 18)).reshape(18, 60):
        print("".join("#" if on else "." for on in line))
    print(f"2-{network.coefs[0].shape[1]}-{network.coefs[1].shape[1]}-1, all units are steps")
    save(draw)


if __name__ == "__main__":
    main()
