"""What is said of faces follows the table."""

import pytest

from lowdiff_lib import findings
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy


def twins(*cosines: float) -> Measured:
    about = {"dataset": "celeba", "dim": 4, "arm": "told", "step": 8, "objective": "denoiser", "repetition": 0}
    about |= {"who": "A-twin", "metric": "residual_cosine", "sigma": 0.01}
    sizes = (10, 100, 1000)
    table = tidy(about | {"n_train": n, "value": value} for n, value in zip(sizes, cosines, strict=True))
    return Measured("denoising_faces", table, None, "full")


@pytest.mark.parametrize(("cosines", "said"), [((0.9, 0.7, 0.95), "N = 100 faces: 0.70"), ((0.7, 0.9, 0.95), "")])
def test_that_twins_agree_least_in_between_is_said_where_it_is_so(cosines, said):
    found = findings.twins_least(twins(*cosines))
    assert said in found
    assert bool(found) == bool(said)
