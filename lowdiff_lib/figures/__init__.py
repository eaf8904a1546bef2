"""Tables to figures. A figure is an inline SVG with a caption that stands alone and a description from its data."""

from lowdiff_lib.figures.attractors import attractor_shares as attractor_shares
from lowdiff_lib.figures.faces import face_curves as face_curves
from lowdiff_lib.figures.faces import face_pictures as face_pictures
from lowdiff_lib.figures.gates import budget_curves as budget_curves
from lowdiff_lib.figures.mixtures import mixture_samples as mixture_samples
from lowdiff_lib.figures.mixtures import possible_gain as possible_gain
from lowdiff_lib.figures.mixtures import score_field as score_field
from lowdiff_lib.figures.training_set_size import size_curves as size_curves
from lowdiff_lib.figures.trajectories import trajectory_curves as trajectory_curves
from lowdiff_lib.figures.trajectories import trajectory_paths as trajectory_paths
