"""What an instruction does, forward beside backward: one row of `OPERATIONS` each."""

from .table import OPERATIONS as OPERATIONS
from .table import Operation as Operation
