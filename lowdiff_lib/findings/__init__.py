"""What the tables say, as sentences. No number and no verdict is typed: each is computed here when a chapter runs."""

from lowdiff_lib.findings.attractors import attractor_shares as attractor_shares
from lowdiff_lib.findings.faces import face_agreement as face_agreement
from lowdiff_lib.findings.faces import face_gate as face_gate
from lowdiff_lib.findings.gates import against_published as against_published
from lowdiff_lib.findings.gates import budget_gate as budget_gate
from lowdiff_lib.findings.mixtures import possible_gain as possible_gain
from lowdiff_lib.findings.training_set_size import mixture_agreement as mixture_agreement
from lowdiff_lib.findings.training_set_size import mixture_gate as mixture_gate
from lowdiff_lib.findings.trajectories import trajectory_branching as trajectory_branching
