"""Tables in: reading files and frames, columns as numbers, and models of whole tables."""

from .encoder import TableEncoder as TableEncoder
from .ensemble import Progress as Progress
from .estimators import TableClassifier as TableClassifier
from .estimators import TableRegressor as TableRegressor
from .model import TableModel as TableModel
from .reading import read_table as read_table
from .recipes import RECIPES as RECIPES
from .recipes import Recipe as Recipe
from .search import search_space as search_space
from .search import suggest as suggest
