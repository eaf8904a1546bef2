"""Faces in the explorer: each picture lies where the script looks for it, and the words are those of its numbers."""

import itertools
import json

import numpy as np
import pandas as pd

from lowdiff_lib.figures.drawing import DATA
from lowdiff_lib.figures.portraits import NAME, Portraits

ARMS, SIZES, SIGMAS, FACES = ("told", "blind"), (1, 10, 160), (0.1, 0.2), 2


def made() -> pd.DataFrame:
    """Pictures of one grey each, which says what they are."""
    rows = []
    for number, (arm, n, sigma, face) in enumerate(itertools.product(ARMS, SIZES, SIGMAS, range(FACES))):
        shades = {"clean": face, "noisy": 10 + 2 * SIGMAS.index(sigma) + face, "A": 50 + number, "B": 100 + number}
        for what, shade in shades.items():
            about = {"arm": arm, "n_train": n, "sigma": sigma, "face": face, "what": what}
            rows.append(about | {"left": shade / 100, "apart": number / 100, "image": np.full((4, 4), shade / 255)})
    return pd.DataFrame(rows).sample(frac=1, random_state=0)  # in whatever order


def test_each_picture_lies_where_the_script_looks_for_it():
    pixels = Portraits(made().sort_values("arm", ascending=False)).pixels()[:, 0, 0]
    each = 1 + 2 * len(SIZES) * len(ARMS)
    assert len(pixels) == FACES * (1 + len(SIGMAS) * each)
    places = itertools.product(enumerate(ARMS), enumerate(SIZES), enumerate(SIGMAS), range(FACES))
    for number, ((arm, _), (i, _), (j, _), face) in enumerate(places):
        clean = face * (1 + len(SIGMAS) * each)
        noisy = clean + 1 + j * each
        answer = noisy + 1 + 2 * (arm * len(SIZES) + i)  # as in explorer-faces.js
        assert [*pixels[[clean, noisy, answer, answer + 1]]] == [face, 10 + 2 * j + face, 50 + number, 100 + number]


def test_the_page_has_the_numbers_and_a_script_the_pictures():
    shown = Portraits(made().sort_values("arm", ascending=False))
    about = json.loads(shown.data)
    assert about["start"] == {"face": 1, "n": SIZES[-1], "sigma": min(SIGMAS)}  # what the book is about
    assert about["said"][1][0][0][2] == [0.59, 1.09, 0.09]  # face 2, sigma 0.1, told, N = 160
    assert list(shown._repr_mimebundle_()[DATA]["loaded"]) == [NAME]
    assert "Told σ, A and B leave" in shown._repr_html_()
