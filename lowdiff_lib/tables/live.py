"""Links to the explorer in a state: where the networks that a number is of can be seen to do it.

Anybody may ask for one. The pages know which networks run in the explorer, and leave out the links to others.
"""

from html import escape
from typing import Any

PAGE = "explorer.html"  # beside the chapters that link to it
ARMS = ("told", "blind")  # what runs there
FOLLOWED = 10.0  # the noise level that points are followed from in the study of trajectories


def link(dataset: str, n_train: int, sigma: float = FOLLOWED, words: str = "", **more: Any) -> str:
    """An HTML link to the explorer that shows networks of a data set and n_train at a noise level.

    words: the text of the link, where it need not say the state. more: of that, as in the explorer's address, such as
    show=("follow", "samples"), other="twin".
    """
    more = {name: value if isinstance(value, str) else ",".join(value) for name, value in more.items()}
    state = {"data": dataset, "n": n_train, "sigma": f"{sigma:.5g}", **more}
    address = "&".join(f"{name}={value}" for name, value in state.items())
    words = words or f"Try it: {dataset}, N = {n_train:,}, σ = {sigma:.2g}"
    return f'<a class="lowdiff-try" href="{PAGE}#{escape(address)}">{escape(words)}</a>'
