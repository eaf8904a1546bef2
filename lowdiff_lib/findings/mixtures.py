"""What there is to gain on the mixtures."""

import pandas as pd


def possible_gain(table: pd.DataFrame) -> str:
    """What the exact denoiser gains at the smallest sigma, where most and where least.

    Hardly at all: less than 0.1 dB, two per cent of the squared error. Much: more than 1 dB.
    """
    low = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    little, much = low.min() < 0.1, low.max() > 1
    answer = "With little noise hardly at all" if little else "Everywhere, if only by a little"
    answer += f", unless the data are thinner than the noise, as {low.idxmax()} is" if little and much else ""
    return (
        f"**{answer}.** At σ = {table.sigma.min():g} the best possible denoiser gains {low.max():.2g} dB over doing "
        f"nothing on {low.idxmax()}, and {_least(low.min())} on {low.idxmin()}."
    )


def _least(gain: float) -> str:
    return "less than 0.001 dB" if gain < 0.001 else f"{gain:.2g} dB"
