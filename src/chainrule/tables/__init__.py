"""Tables in: reading files and frames, columns as numbers, and models of whole tables."""

from .classifier import TableClassifier as TableClassifier
from .encoding.encoder import TableEncoder as TableEncoder
from .model import TableModel as TableModel
from .networks.ensemble import Progress as Progress
from .reading.files import read_table as read_table
from .recipes import RECIPES as RECIPES
from .recipes import Recipe as Recipe
from .regressor import TableRegressor as TableRegressor
from .search.space import search_space as search_space
from .search.space import suggest as suggest
