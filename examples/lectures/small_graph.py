"""out = 2 in1 + in2 in3 as a graph: the derivatives are the messages that arrive at the inputs.

By hand: d out/d in1 = 2, d out/d in2 = in3, d out/d in3 = in2. The target lies 1 below the output,
so that the half squared error sends the message g(out) = out - target = 1.
"""

from chainrule.graph import Add, Dense, Graph, Input, Multiply
from chainrule.training import GraphModel

INPUTS = [[5.0, 3.0, 4.0]]


def model():
    """Return the graph; the factor 2 is a weight."""
    in1, in2, in3 = (Input(1, name=f"in{number}") for number in (1, 2, 3))
    double = Dense(1, bias=False)(in1, name="2 in1")
    product = Multiply()(in2, in3, name="in2 in3")
    graph = GraphModel(Graph((in1, in2, in3), Add()(double, product, name="out")))
    graph.coefs[0][...] = 2.0
    return graph


def main():
    """Print every value f and every derivative g."""
    graph = model()
    out = graph.predict(INPUTS)
    trace = graph.trace(INPUTS, out - 1.0)
    print("node     value  d out/d node")
    for name in ("in1", "in2", "in3", "2 in1", "in2 in3", "out"):
        line = trace[name]
        print(f"{name:8} {line.value.item():5.0f}  {line.gradient.item():5.0f}")


if __name__ == "__main__":
    main()
