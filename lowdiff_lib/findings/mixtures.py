"""What there is to gain on the mixtures."""

import pandas as pd


def possible_gain(table: pd.DataFrame) -> str:
    """What the exact denoiser gains at the smallest sigma, where most and where least."""
    low = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    return (
        f"At σ = {table.sigma.min():g} the best possible denoiser gains {low.max():.2g} dB over "
        f"doing nothing on {low.idxmax()}, and "
        f"{low.min():.2g} dB on {low.idxmin()}."
    )
