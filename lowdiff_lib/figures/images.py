"""Pictures in figures: how one is shown, and as a table of numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from lowdiff_lib.tables.tidy import called


def show(axes: Axes, image: np.ndarray, signed: bool = False) -> None:
    """An image [r, r] without ticks or frame: gray from 0 to 1, or signed, from blue at -0.5 to red at 0.5."""
    color_map, low, high = ("RdBu_r", -0.5, 0.5) if signed else ("gray", 0, 1)
    axes.imshow(image, cmap=color_map, vmin=low, vmax=high)
    axes.grid(False)
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.set_major_locator(NullLocator())
    axes.spines[:].set_visible(False)


def times_half(*differences: np.ndarray) -> float:
    """What to multiply differences of images by, so that the largest is full colour."""
    return 0.5 / max(*(float(np.abs(image).max()) for image in differences), 1e-12)


def data_set(pictures: pd.DataFrame) -> str:
    """Of published pictures: what data set their models know, and how large they are."""
    side = len(pictures.image.iloc[0])
    return f"{called(pictures.dataset)} in pictures of {side} x {side} pixels"


def pixel_table(pictures: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Pictures as a table of numbers: for each row of pixels the picture's `keys`, `row`, and columns x0, x1, ..."""
    tables = []
    for _, picture in pictures.iterrows():
        rows = pd.DataFrame(picture.image).add_prefix("x").round(5)
        about = pd.DataFrame({key: picture[key] for key in keys} | {"row": rows.index})
        tables.append(pd.concat([about, rows], axis=1))
    return pd.concat(tables, ignore_index=True)
