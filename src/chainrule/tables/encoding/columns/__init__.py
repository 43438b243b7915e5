"""One column as numbers: what is learned of it in training, and what it makes of new rows.

A column class has `learn` (from the training rows), `parts` (the features it will fill), `read`
(new rows, an array for each part), `summary`, and `to_plain` with `from_plain` (for the file).
"""

from .block import Block as Block
from .category import CategoryColumn as CategoryColumn
from .date import DateColumn as DateColumn
from .learn import Column as Column
from .learn import column_from_plain as column_from_plain
from .learn import column_to_plain as column_to_plain
from .learn import learn as learn
from .numeric import NumericColumn as NumericColumn
from .settings import Encoding as Encoding
from .text import TextColumn as TextColumn
