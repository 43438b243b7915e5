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
from .norm_layers import BatchNorm as BatchNorm
from .norm_layers import LayerNorm as LayerNorm
from .norm_layers import Noise as Noise
from .number_layers import FourierFeatures as FourierFeatures
from .number_layers import PiecewiseLinear as PiecewiseLinear
from .number_layers import PiecewiseLinearEmbedding as PiecewiseLinearEmbedding
from .number_layers import periodic_linear_relu as periodic_linear_relu
from .parameters import Start as Start
from .table_layers import Bias as Bias
from .table_layers import Embedding as Embedding
from .table_layers import MemberDense as MemberDense
from .table_layers import PeriodicEmbedding as PeriodicEmbedding
from .table_layers import Scale as Scale
from .tape import Instruction as Instruction
from .tape import Tape as Tape
