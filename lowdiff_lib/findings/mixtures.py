"""What there is to gain on the mixtures."""

import pandas as pd


def possible_gain(table: pd.DataFrame) -> str:
    """What the exact denoiser gains at the smallest sigma, where most and where least."""
    low = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    return (
        f"At σ = {table.sigma.min():g} the best possible denoiser gains {low.max():.2g} dB over doing nothing on "
        f"{low.idxmax()}, and {low.min():.2g} dB on {low.idxmin()}."
    )
