"""Networks as graphs of layers, and the tape that a graph is laid out on."""

from .graph import Graph as Graph
from .layers import Activate as Activate
from .layers import Add as Add
from .layers import Concatenate as Concatenate
from .layers import Dense as Dense
from .layers import Dropout as Dropout
from .layers import Input as Input
from .layers import Multiply as Multiply
from .layers import Node as Node
from .layers import chain as chain
from .tape import Instruction as Instruction
from .tape import Tape as Tape
