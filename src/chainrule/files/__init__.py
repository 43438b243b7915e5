"""The model file: arrays and JSON in one file, written atomically, read without trust."""

from .atomic import write_atomically as write_atomically
from .model_file import is_model_file as is_model_file
from .model_file import load as load
from .model_file import save as save
from .storable import Storable as Storable
