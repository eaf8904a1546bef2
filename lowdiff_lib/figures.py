"""Tables to figures. A figure is an inline SVG with a caption that stands alone and a description from its data."""

import html
import io
import re
from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import NullLocator

from lowdiff_lib import style

WIDTH = 7.2  # inches; the text column of the book
NOISE_AXIS = "noise level σ (data units)"


class Figure:
    """What a chapter's cell shows: drawing, caption, and alternative text for those who cannot see it."""

    def __init__(self, name: str, canvas: Canvas, caption: str, alt: str):
        self.name, self.caption, self.alt = name, caption, alt
        with matplotlib.rc_context(style.RC):
            buffer = io.StringIO()
            canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        self.svg = _for_page(buffer.getvalue(), alt)

    def _repr_html_(self) -> str:
        return (
            f'<figure class="lowdiff-figure" id="fig-{self.name}">\n<div class="lowdiff-plot">{self.svg}</div>\n'
            f"<figcaption>{self.caption}</figcaption>\n</figure>"
        )


def _for_page(svg: str, alt: str) -> str:
    """The <svg> element alone, scaling with the page and in its text colour."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    width, height = (float(re.search(rf'{name}="([\d.]+)pt"', svg)[1]) for name in ("width", "height"))  # type: ignore[index]
    label = html.escape(alt, quote=True)
    svg = re.sub(r"<svg[^>]*>", _opening(width, height, label), svg, count=1)
    return svg.replace(style.INK, "currentColor")


def _opening(width: float, height: float, label: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}">'
    )


def _canvas(rows: int, columns: int, height: float, **options) -> tuple[Canvas, np.ndarray]:
    with matplotlib.rc_context(style.RC):
        canvas = Canvas(figsize=(WIDTH, height))
        axes = canvas.subplots(rows, columns, squeeze=False, **options)
    return canvas, axes


def _noise_axis(axes: Axes, label: bool = True) -> None:
    axes.set_xscale("log")
    if label:
        axes.set_xlabel(NOISE_AXIS)


def _curve(axes: Axes, table: pd.DataFrame, color: str, marker: str = "", line="-", label: str = "") -> None:
    """Mean over seeds with a band from lowest to highest."""
    look = {"color": color, "marker": marker, "ls": line, "label": label or None, "err_kws": {"alpha": 0.18, "lw": 0}}
    seaborn.lineplot(table, x="sigma", y="value", errorbar=("pi", 100), legend=False, ax=axes, mec="none", **look)


def _legend(canvas: Canvas, axes: Sequence[Axes], columns: int) -> None:
    """One legend for all panels, below them."""
    entries = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    canvas.legend(
        entries.values(),
        entries.keys(),
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        labelcolor=style.INK,
    )


def _seeds(table: pd.DataFrame) -> str:
    n = table.seed.nunique()
    return "one seed, so no band" if n == 1 else f"bands: lowest to highest of {n} seeds"


def mixture_samples(samples: pd.DataFrame) -> Figure:
    """The six mixtures at a glance."""
    canvas, axes = _canvas(2, 3, 4.8)
    for ax, (name, table) in zip(axes.flat, samples.groupby("dataset", sort=False), strict=True):
        ax.scatter(table.u, table.v, s=2, lw=0, alpha=0.5, color=style.DATASET[str(name)][0])
        ax.set_title(str(name))
        ax.set_aspect("equal", adjustable="datalim")
    caption = (
        f"The six mixtures: {len(samples) // samples.dataset.nunique():,} samples of each. Top: in the plane. Bottom: "
        "100-dimensional, seen along the two principal directions. Both axes in data units."
    )
    return Figure("mixtures", canvas, caption, f"Scatter plots of {', '.join(samples.dataset.unique())}.")


def score_field(field: pd.DataFrame) -> Figure:
    """Exact density (shade) and score (arrows) at several noise levels."""
    name, sigmas = field.dataset.iloc[0], field.sigma.unique()
    canvas, axes = _canvas(1, len(sigmas), 2.9, sharey=True)
    shade = LinearSegmentedColormap.from_list("shade", [(0, 0.45, 0.7, 0.0), (0, 0.45, 0.7, 0.85)])
    for ax, sigma in zip(axes.flat, sigmas, strict=True):
        table = field[field.sigma == sigma]
        side = np.sort(table.u.unique())
        n, extent = len(side), (side[0], side[-1], side[0], side[-1])
        density = np.exp(table.log_density.to_numpy() - table.log_density.max()).reshape(n, n)
        ax.imshow(density**0.5, extent=extent, origin="lower", cmap=shade, interpolation="bilinear")
        keep = np.ix_(range(3, n, 8), range(3, n, 8))
        u, v, du, dv = (table[c].to_numpy().reshape(n, n)[keep] for c in ("u", "v", "score_u", "score_v"))
        length = np.hypot(du, dv)
        ax.quiver(u, v, du / length, dv / length, color=style.INK, alpha=0.75, scale=26, width=0.006)
        ax.set_title(f"σ = {sigma:g}")
        ax.grid(False)
    caption = (
        f"{name}: exact density of the noisy data (shade, square root scale) and direction of "
        "the exact score (arrows of unit "
        "length) at three noise levels. Both axes in data units. With little noise the arrows "
        "point to the nearest part of the data; "
        "with much, to its centre."
    )
    alt = f"Score field of {name} at sigma {', '.join(f'{s:g}' for s in sigmas)}."
    return Figure(f"field-{name}", canvas, caption, alt)


def possible_gain(table: pd.DataFrame) -> Figure:
    """What the exact denoiser gains over the identity."""
    canvas, axes = _canvas(1, 1, 3.4)
    ax = axes[0, 0]
    for name, (color, marker) in style.DATASET.items():
        _curve(ax, table[table.dataset == name], color, marker, label=name)
    _noise_axis(ax)
    ax.set_yscale("log")
    ax.set_ylabel("gain over the identity (dB)")
    _legend(canvas, [ax], 3)
    lowest = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    caption = (
        f"PSNR gain of the exact denoiser over leaving the point as it is, per noise level ({_seeds(table)}). At σ = "
        f"{table.sigma.min():g} it runs from {lowest.min():.2g} dB ({lowest.idxmin()}) to {lowest.max():.2g} dB "
        f"({lowest.idxmax()}): where the data are thin there is much to remove, where they are smooth almost nothing."
    )
    return Figure("possible-gain", canvas, caption, caption)


def size_curves(table: pd.DataFrame, dataset: str) -> Figure:
    """Score error (left) and residual cosine, A-B and twin (right), one colour per n_train."""
    table = table[table.dataset == dataset]
    canvas, (axes,) = _canvas(1, 2, 3.9)
    error, cosine = table[table.metric == "relative_score_error"], table[table.metric == "residual_cosine"]
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        of_models = error[(error.n_train == n_train) & error.pair.isin(["A", "B"])]
        _curve(axes[0], of_models, color, marker, label=f"N = {n_train:,}")
        for pair, line in style.PAIR.items():
            _curve(axes[1], cosine[(cosine.n_train == n_train) & (cosine.pair == pair)], color, marker, line)
    for name, line in style.REFERENCE.items():
        mine = error[(error.n_train == largest) & (error.pair == name)]
        _curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}")
    axes[0].axhline(1, color=style.INK, lw=0.8)
    axes[0].annotate("identity", (table.sigma.max(), 1), ha="right", va="bottom", fontsize=8)
    axes[0].set(yscale="log", ylabel="relative score error", ylim=(None, 1e3))
    axes[1].set(ylabel="residual cosine")
    for pair, line in style.PAIR.items():
        axes[1].plot(
            [],
            [],
            color=style.INK,
            ls=line,
            label={"A-B": "A-B: other data", "twin": "twin: same data"}[pair],
        )
    for ax in axes:
        _noise_axis(ax)
    _legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Left: squared error of the learned score over the size of the exact score, "
        "E|s - s*|² / E|s*|², on held-out "
        "points; below 1 a model beats the identity. Right: cosine between the residuals of two "
        "models, A and B trained on "
        "disjoint samples (solid), A and its twin trained on the same samples with another seed "
        "(dashed); what separates "
        f"the two lines of a colour is due to the data. One colour per training-set size N; {_seeds(table)}."
    )
    lowest = cosine[(cosine.sigma == cosine.sigma.min()) & (cosine.n_train == largest)].groupby("pair")["value"].mean()
    alt = (
        f"Two panels against sigma for {dataset}. At the smallest sigma and N = {largest:,} the residual cosine is "
        f"{lowest['A-B']:.2f} for A-B and {lowest['twin']:.2f} for the twin."
    )
    return Figure(f"size-{dataset}", canvas, caption, alt)


def budget_curves(tables: dict[str, pd.DataFrame], metric: str, label: str, name: str) -> Figure:
    """The convergence gate: one metric under several budgets, at the largest n_train."""
    datasets = list(dict.fromkeys(d for table in tables.values() for d in table.dataset))
    canvas, axes = _canvas(1, len(datasets), 3.3)
    lines = dict(zip(tables, {2: ["-", "--"], 3: [":", "-", "--"]}[len(tables)], strict=True))
    for ax, dataset in zip(axes.flat, datasets, strict=True):
        for budget, table in tables.items():
            mine = table[(table.dataset == dataset) & (table.metric == metric) & table.pair.isin(["A", "B", "A-B"])]
            mine = mine[mine.n_train == mine.n_train.max()]
            color, marker = style.size_look(mine.n_train.max())
            _curve(ax, mine, color, marker, lines[budget], label=budget)
        ax.set(title=f"{dataset}, N = {mine.n_train.max():,}", ylabel=label)
        if metric == "relative_score_error":
            ax.set_yscale("log")
        _noise_axis(ax)
    _legend(canvas, list(axes.flat), len(tables))
    budgets = ", ".join(tables)
    caption = (
        f"Does more training move the curve? {label.capitalize()} at the largest N under {budgets}; "
        f"{_seeds(next(iter(tables.values())))}. Where the lines part, the curve is about the "
        "budget, not about the data."
    )
    return Figure(name, canvas, caption, f"{label} against sigma under {budgets}.")


def face_curves(table: pd.DataFrame) -> Figure:
    """PSNR gain on training and held-out faces (left), residual cosine A-B and twin (right)."""
    canvas, (axes,) = _canvas(1, 2, 4.1)
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine = table[table.n_train == n_train]
        held_out = mine[(mine.metric == "psnr_gain_held_out") & (mine.pair == "A")]
        seen = mine[(mine.metric == "psnr_gain_train") & (mine.pair == "A")]
        _curve(axes[0], held_out, color, marker, label=f"N = {n_train:,}")
        _curve(axes[0], seen, color, marker, style.PAIR["twin"])
        for pair, line in style.PAIR.items():
            _curve(axes[1], mine[(mine.metric == "residual_cosine") & (mine.pair == pair)], color, marker, line)
    for name, line in style.REFERENCE.items():
        mine = table[(table.n_train == largest) & (table.metric == "psnr_gain_held_out") & (table.pair == name)]
        _curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}")
    axes[0].axhline(0, color=style.INK, lw=0.8)
    low = table[table.metric.str.startswith("psnr") & (table.pair == "A")].value.min()
    axes[0].set(ylabel="PSNR gain over the identity (dB)", ylim=(min(-3.0, 1.2 * low), None))
    axes[0].set_title("held-out: solid; training faces: dashed")
    axes[1].set(ylabel="residual cosine")
    axes[1].set_title("A-B: solid; twin: dashed")
    for ax in axes:
        _noise_axis(ax)
    _legend(canvas, axes, 3)
    caption = (
        "Left: PSNR gain over the identity (0 dB) on held-out faces (solid) and on training "
        "faces (dashed). Right: cosine between the "
        "residuals of A and B, trained on disjoint faces (solid), and of A and its twin, "
        "trained on the same faces with another "
        f"seed (dashed), on held-out faces. One colour per training-set size N; {_seeds(table)}. "
        "Ideal: posterior mean over "
        "the training faces. Wiener: linear, from their mean and covariance."
    )
    at = (
        table[(table.n_train == largest) & (table.sigma == table.sigma.min())]
        .groupby(["metric", "pair"])["value"]
        .mean()
    )
    alt = (
        f"At sigma {table.sigma.min():g} and N = {largest:,} the held-out gain is "
        f"{at['psnr_gain_held_out', 'A']:.2f} dB; the residual "
        f"cosine is {at['residual_cosine', 'A-B']:.2f} for A-B and {at['residual_cosine', 'twin']:.2f} for the twin."
    )
    return Figure("face-curves", canvas, caption, alt)


def face_pictures(pictures: pd.DataFrame, n_train: int) -> Figure:
    """A held-out face: clean, noisy, denoised by A and by B, and their difference, one row per sigma."""
    table = pictures[pictures.n_train == n_train]
    sigmas, kinds = table.sigma.unique(), ["clean", "noisy", "A", "B", "difference"]
    titles = ["clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"]
    canvas, axes = _canvas(len(sigmas), len(kinds), 1.5 * len(sigmas))
    for row, sigma in zip(axes, sigmas, strict=True):
        images = table[table.sigma == sigma].set_index("what").image
        factor = 0.5 / max(float(np.abs(images["difference"]).max()), 1e-12)
        for ax, kind in zip(row, kinds, strict=True):
            if kind == "difference":
                ax.imshow(images[kind] * factor, cmap="RdBu_r", vmin=-0.5, vmax=0.5)
                ax.set_xlabel(f"x {factor:.3g}", fontsize=8)
            else:
                ax.imshow(images[kind], cmap="gray", vmin=0, vmax=1)
            ax.grid(False)
            ax.xaxis.set_major_locator(NullLocator())
            ax.yaxis.set_major_locator(NullLocator())
            ax.spines[:].set_visible(False)
        row[0].set_ylabel(f"σ = {sigma:g}")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=9)
    caption = (
        f"One held-out face under N = {n_train:,} training faces a side. Rows: noise level σ, in "
        "units of the gray scale from 0 to 1. "
        "Last column: A minus B, red where A is brighter, multiplied by the number below it so "
        "that the largest difference is full colour."
    )
    sizes = table[table.what == "difference"].set_index("sigma").image.map(lambda d: float(np.sqrt((d**2).mean())))
    alt = f"Denoised faces under N = {n_train:,}. Root mean square difference of A and B: " + ", ".join(
        f"{value:.3f} at sigma {sigma:g}" for sigma, value in sizes.items()
    )
    return Figure(f"faces-{n_train}", canvas, caption, alt)
