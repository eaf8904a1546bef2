"""Tidy tables: one measured value a row. The only thing that figures, findings and claims see."""

from lowdiff_lib.tables.measured import Measured as Measured
from lowdiff_lib.tables.shelf import all_published as all_published
from lowdiff_lib.tables.shelf import pools as pools
from lowdiff_lib.tables.shelf import published as published
from lowdiff_lib.tables.shelf import published_pictures as published_pictures
from lowdiff_lib.tables.tidy import COLUMNS as COLUMNS
from lowdiff_lib.tables.tidy import beside as beside
from lowdiff_lib.tables.tidy import score_errors as score_errors
from lowdiff_lib.tables.tidy import spread as spread
