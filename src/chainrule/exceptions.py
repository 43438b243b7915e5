"""Everything that chainrule raises or warns of.

::

    Exception
     └─ ChainruleError        catch this one to catch them all
         ├─ DataError         a table, a column or an array that cannot be used (also a ValueError)
         ├─ ModelFileError    a model file that cannot be written or read (also a ValueError)
         └─ DivergenceError   the loss became infinite or NaN while training (also a ValueError)
    UserWarning
     ├─ TrainingInterruptedWarning   Ctrl-C ended a fit early; the best or last weights are kept
     ├─ GradientWarning              gradients vanish or explode on their way through the layers
     └─ UnknownValuesWarning         many values of a table to predict are none that training had
"""


class ChainruleError(Exception):
    """Base of all errors that chainrule raises on purpose."""


class DataError(ChainruleError, ValueError):
    """The data cannot be used as they are; the message says where and what to do."""


class ModelFileError(ChainruleError, ValueError):
    """A model file is missing, damaged, of another version, or cannot be written."""


class DivergenceError(ChainruleError, ValueError):
    """The loss became infinite or NaN; the last finite weights are kept."""


class TrainingInterruptedWarning(UserWarning):
    """Ctrl-C ended a fit before its last epoch."""


class GradientWarning(UserWarning):
    """Gradients vanish or explode on their way back through the layers."""


class UnknownValuesWarning(UserWarning):
    """A table to predict has many values that training did not have: they count as missing."""
