"""The model file: arrays and JSON in one file, written atomically, read without trust."""

from typing import TYPE_CHECKING

from chainrule._later import import_later

if TYPE_CHECKING:
    from .atomic import write_atomically as write_atomically
    from .model_file import is_model_file as is_model_file
    from .model_file import load as load
    from .model_file import save as save
    from .storable import Storable as Storable

__all__ = ["Storable", "is_model_file", "load", "save", "write_atomically"]

# Of an estimator that is neither saved nor loaded `storable` is all that is needed.
__getattr__, __dir__ = import_later(
    __name__,
    {
        "write_atomically": ".atomic",
        "is_model_file": ".model_file",
        "load": ".model_file",
        "save": ".model_file",
        "Storable": ".storable",
    },
)
