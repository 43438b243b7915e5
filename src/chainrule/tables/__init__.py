"""Tables in: reading files and frames, columns as numbers, and a model of a whole table."""

from .encoder import TableEncoder as TableEncoder
from .model import TableModel as TableModel
from .reading import read_table as read_table
