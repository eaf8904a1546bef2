"""Faces in the explorer: a picture that is complete without scripts, and the pictures of every other state of it.

They are pictures and not networks that run in the page, since networks of few faces know those by heart, and such a
network may not be given away. The script is `book/_static/explorer-faces.js`.
"""

import base64
import json
from typing import Any

import numpy as np
import pandas as pd

from lowdiff_lib.figures.canvas import faces, new_canvas, titled
from lowdiff_lib.figures.drawing import DATA, Figure
from lowdiff_lib.figures.explorer import TITLES
from lowdiff_lib.figures.images import pixel_table, show, times_half

NAME = "faces/portraits"  # of the script with the pictures
AT_FIRST = 0.02  # the noise level, or the nearest that there is: little, which is what the book is about


class Portraits:
    """What the cell of the faces shows. table: as `studies.explorer.portraits` has it."""

    def __init__(self, table: pd.DataFrame):
        self.table = table
        self.sizes, self.sigmas = (sorted(table[name].unique().tolist()) for name in ("n_train", "sigma"))
        self.arms, self.count = list(table.arm.unique()), int(table.face.max()) + 1
        sigma = min(self.sigmas, key=lambda each: abs(each - AT_FIRST))
        self.start = {"face": 1, "n": self.sizes[-1], "sigma": sigma}
        self.figure = portrait(table, 0, self.start["n"], sigma)
        about: dict[str, Any] = {"titles": [TITLES[arm] for arm in self.arms], "start": self.start, "name": NAME}
        about |= {"count": self.count, "sizes": self.sizes, "sigmas": self.sigmas, "side": len(table.image.iloc[0])}
        self.data = json.dumps(about | {"said": self._said()}, separators=(",", ":"))

    def _repr_html_(self) -> str:
        data = f'<script type="application/json">{self.data}</script>'
        return f'<div class="lowdiff-portraits">\n{data}\n{self.figure._repr_html_()}\n</div>'

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        found = self.figure._repr_mimebundle_()
        found[DATA] |= {"loaded": {NAME: base64.b64encode(self.pixels().tobytes()).decode()}}
        return found

    def pixels(self) -> np.ndarray:
        """All pictures in a row, uint8 [n, r, r], in the order that the script counts on.

        For each face the clean one, then for each sigma the noisy one and, by arm, n_train and side, the answers.
        """
        found = {
            (row.face, row.what, row.sigma, row.arm, row.n_train): row.image
            for row in self.table.itertuples(index=False)
        }
        some = self.arms[0], self.sizes[0]
        images = []
        for face in range(self.count):
            images.append(found[face, "clean", self.sigmas[0], *some])
            for sigma in self.sigmas:
                images.append(found[face, "noisy", sigma, *some])
                images += [found[face, side, sigma, arm, n] for arm in self.arms for n in self.sizes for side in "AB"]
        return (np.stack(images).clip(0, 1) * 255).round().astype(np.uint8)

    def _said(self) -> list:
        """By face, sigma, arm and n_train: what A and what B leave of the noise, and how far they are apart."""
        places = self.table.set_index(["face", "sigma", "arm", "n_train", "what"])[["left", "apart"]].sort_index()

        def three(*place: object) -> list[float]:
            left = [places.loc[(*place, side), "left"] for side in "AB"]
            return [round(float(value), 3) for value in (*left, places.loc[(*place, "A"), "apart"])]

        return [
            [[[three(face, sigma, arm, n) for n in self.sizes] for arm in self.arms] for sigma in self.sigmas]
            for face in range(self.count)
        ]


def portrait(table: pd.DataFrame, face: int, n_train: int, sigma: float) -> Figure:
    """One face with noise under A and B, for networks that are told the noise level and that are not."""
    mine = table[(table.face == face) & (table.n_train == n_train) & (table.sigma == sigma)]
    arms, kinds = mine.arm.unique(), ["clean", "noisy", "A", "B", "difference"]
    titles = ["clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"]
    canvas, axes = new_canvas(len(arms), len(kinds), 1.6 * len(arms))
    said = []
    for row, arm in zip(axes, arms, strict=True):
        of_arm = mine[mine.arm == arm].set_index("what")
        images = of_arm.image.to_dict()
        images["difference"] = images["A"] - images["B"]
        factor = times_half(images["difference"])
        for ax, kind in zip(row, kinds, strict=True):
            signed = kind == "difference"
            show(ax, images[kind] * (factor if signed else 1), signed)
        row[0].set_ylabel(TITLES[arm])
        row[-1].set_xlabel(f"x {factor:.3g}", fontsize=8)
        left = " and ".join(f"{of_arm.left[side]:.2f}" for side in "AB")
        said.append(f"{TITLES[arm]}, A and B leave {left} of the noise and are {of_arm.apart['A']:.2f} of it apart")
    for ax, title in zip(axes[0], titles, strict=True):
        titled(ax, title, 9)
    caption = (
        f"An AT&T face that no network has seen, with noise σ = {sigma:g}, under {faces(n_train)}. Rows: networks that "
        "are told the noise level, and that are not. Last column: A minus B, red where A is brighter, each multiplied "
        "by the number below it."
    )
    table = pixel_table(mine, ["arm", "n_train", "sigma", "what"])
    return Figure("explorer-faces", canvas, caption, f"{'; '.join(said)}.", table)


def told_or_not(table: pd.DataFrame, seen: str) -> Figure:
    """One face with noise under networks that are told the noise level, above, and that are not: answers and errors.

    table: of one face at one noise level, as `studies.explorer.portraits` has it. seen: what the networks were trained
    on, for people. All errors are amplified alike.
    """
    images = {arm: mine.set_index("what").image for arm, mine in table.groupby("arm", sort=False)}
    errors = {(arm, side): images[arm][side] - images[arm]["clean"] for arm in images for side in "AB"}
    factor = times_half(*errors.values())
    canvas, axes = new_canvas(len(images), 5, 1.6 * len(images))
    first = {"clean": "the face", "noisy": "with noise"}
    for row, (arm, mine), (what, title) in zip(axes, images.items(), first.items(), strict=True):
        show(row[0], mine[what])
        titled(row[0], title, 9)
        row[1].set_ylabel(TITLES[arm])
        for ax, side in zip(row[1:3], "AB", strict=True):
            show(ax, mine[side])
        for ax, side in zip(row[3:], "AB", strict=True):
            show(ax, errors[arm, side] * factor, signed=True)
    for ax, title in zip(axes[0][1:], ("by A", "by B", "error of A", "error of B"), strict=True):
        titled(ax, title, 9)
    (n_train,), (sigma,) = table.n_train.unique(), table.sigma.unique()
    pixels = len(table.image.iloc[0])
    caption = (
        f"An AT&T face of {pixels} x {pixels} pixels with noise σ = {sigma:g}, and what four networks make of it that "
        f"were trained on {n_train:,} faces of {seen} a side. Above: told σ; below: not told, as in the paper. Right: "
        f"what they made less the face, red where too bright, all amplified {factor:.2g} times."
    )
    sizes = table[table.what.isin(["A", "B"])].set_index(["arm", "what"]).left
    alt = "Error in units of the noise: " + "; ".join(
        f"{TITLES[arm]}, {who}, {v:.2f}" for (arm, who), v in sizes.items()
    )
    return Figure("told-or-not", canvas, caption, f"{alt}.", pixel_table(table, ["arm", "n_train", "sigma", "what"]))
