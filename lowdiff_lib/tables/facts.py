"""What is known of a data set beside its measurements, by those who may load it: claims are judged in its units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """sd: of the data, by coordinate, in data units. output_power: how the output of the usual network is scaled.

    thickness, extent: the widest direction across the data and the narrowest along them, as standard deviations; None
    where no direction is across.
    """

    sd: float
    output_power: int = 1
    thickness: float | None = None
    extent: float | None = None
