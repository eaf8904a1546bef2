"""Arms of training time: they train the networks of another arm, a kind, for other times, and are named after it."""

ENDINGS = ("in-time", "sixteenfold")  # the longest last


def kind(arm: str) -> str:
    """The arm whose networks an arm trains for other times; any other is its own kind."""
    return next((arm.removesuffix(f"-{ending}") for ending in ENDINGS if arm.endswith(f"-{ending}")), arm)


def others(kind: str) -> list[str]:
    """The arms that train the networks of a kind for other times than the usual."""
    return [f"{kind}-{ending}" for ending in ENDINGS]


def every(kind: str) -> list[str]:
    """The kind itself, and those."""
    return [kind, *others(kind)]
