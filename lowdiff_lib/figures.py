"""Tables to figures. A figure is an inline SVG with a caption that stands alone and a description from its data."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import NullLocator

from lowdiff_lib import style
from lowdiff_lib.drawing import Figure, mark_curve

WIDTH = 7.2  # inches; the text column of the book
NOISE_AXIS = "noise level σ (data units)"


def new_canvas(rows: int, columns: int, height: float, **options) -> tuple[Canvas, np.ndarray]:
    with matplotlib.rc_context(style.RC):
        canvas = Canvas(figsize=(WIDTH, height))
        axes = canvas.subplots(rows, columns, squeeze=False, **options)
    return canvas, axes


def _noise_axis(axes: Axes, label: bool = True) -> None:
    axes.set_xscale("log")
    if label:
        axes.set_xlabel(NOISE_AXIS)


def _curve(
    axes: Axes, table: pd.DataFrame, color: str, marker: str = "", line="-", label: str = "", row="", column=""
) -> None:
    """Mean over seeds with a band from lowest to highest. `row` and `column`: where a page lists its values."""
    look = {"color": color, "marker": marker, "ls": line, "label": label or None, "err_kws": {"alpha": 0.18, "lw": 0}}
    bands = len(axes.collections)
    seaborn.lineplot(table, x="sigma", y="value", errorbar=("pi", 100), legend=False, ax=axes, mec="none", **look)
    if row and len(table):
        mark_curve(axes.lines[-1], next(iter(axes.collections[bands:]), None), row, column, table)


def _overlay(axes: Axes, published: pd.DataFrame, lines: Mapping[str, Any]) -> None:
    """Fade what is drawn, a re-run, and draw the published means over it. lines: the pairs and their line styles."""
    for artist in [*axes.lines, *axes.collections]:
        artist.set_alpha(0.4 * (artist.get_alpha() or 1))
    for (n_train, pair), mine in published[published.pair.isin(list(lines))].groupby(["n_train", "pair"]):
        means = mine.groupby("sigma", as_index=False)["value"].mean()
        color, marker = style.size_look(n_train)
        _curve(axes, means, color, marker, lines[pair])


def _about_published(published: pd.DataFrame | None) -> str:
    return "" if published is None else " Strong: published, mean over its seeds; light: this re-run."


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
    """The mixtures at a glance, three in a row."""
    rows = -(-samples.dataset.nunique() // 3)
    canvas, axes = new_canvas(rows, 3, 2.4 * rows)
    for ax in axes.flat[samples.dataset.nunique() :]:
        ax.set_axis_off()
    for ax, (name, table) in zip(axes.flat, samples.groupby("dataset", sort=False), strict=False):
        ax.scatter(table.u, table.v, s=2, lw=0, alpha=0.5, color=style.dataset_look(str(name))[0], rasterized=True)
        ax.set_title(str(name))
        ax.set_aspect("equal", adjustable="datalim")
    caption = (
        f"The mixtures: {len(samples) // samples.dataset.nunique():,} samples of each, in the plane; those of 100 "
        "dimensions are seen along their two principal directions. Both axes in data units."
    )
    extent = samples.groupby("dataset", sort=False)[["u", "v"]].agg(lambda column: column.max() - column.min())
    widths = ", ".join(f"{name} {row.u:.1f} by {row.v:.1f}" for name, row in extent.iterrows())
    alt = f"Scatter plots. How far the samples reach across and up, in data units: {widths}."
    return Figure("mixtures", canvas, caption, alt, samples)


def score_field(field: pd.DataFrame) -> Figure:
    """Exact density (shade) and score (arrows) at several noise levels."""
    name, sigmas = field.dataset.iloc[0], field.sigma.unique()
    canvas, axes = new_canvas(1, len(sigmas), 2.9, sharey=True)
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
    lengths = np.hypot(field.score_u, field.score_v).groupby(field.sigma).median()
    sizes = ", ".join(f"{length:.3g} at sigma {sigma:g}" for sigma, length in lengths.items())
    alt = f"The density of {name} and the arrows of its score. Median length of the score on the grid: {sizes}."
    return Figure(f"field-{name}", canvas, caption, alt, field)


def possible_gain(table: pd.DataFrame) -> Figure:
    """What the exact denoiser gains over the identity."""
    canvas, axes = new_canvas(1, 1, 3.4)
    ax = axes[0, 0]
    for name in table.dataset.unique():
        color, marker = style.dataset_look(name)
        _curve(ax, table[table.dataset == name], color, marker, label=name, row=name, column="gain (dB)")
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
    return Figure("possible-gain", canvas, caption, caption, table)


def size_curves(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """Score error (left) and residual cosine, A-B and twin (right), one colour per n_train; over them `published`."""
    table = table[table.dataset == dataset]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    error, cosine = table[table.metric == "relative_score_error"], table[table.metric == "residual_cosine"]
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        of_models = error[(error.n_train == n_train) & error.pair.isin(["A", "B"])]
        size = f"N = {n_train:,}"
        _curve(axes[0], of_models, color, marker, label=size, row=size, column="score error")
        for pair, line in style.PAIR.items():
            mine = cosine[(cosine.n_train == n_train) & (cosine.pair == pair)]
            _curve(axes[1], mine, color, marker, line, row=size, column=f"cosine, {pair}")
    for name, line in style.REFERENCE.items():
        mine = error[(error.n_train == largest) & (error.pair == name)]
        _curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}", row=name, column="score error")
    if published is not None:
        mine = published[published.dataset == dataset]
        of_models = mine[(mine.metric == "relative_score_error") & mine.pair.isin(["A", "B"])]
        _overlay(axes[0], of_models.assign(pair="A"), {"A": "-"})
        _overlay(axes[1], mine[mine.metric == "residual_cosine"], style.PAIR)
    axes[0].axhline(1, color=style.INK, lw=0.8)
    axes[0].annotate("identity", (table.sigma.max(), 1), ha="right", va="bottom", fontsize=8, color=style.INK)
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
        f"{_about_published(published)}"
    )
    lowest = cosine[(cosine.sigma == cosine.sigma.min()) & (cosine.n_train == largest)].groupby("pair")["value"].mean()
    alt = (
        f"Two panels against sigma for {dataset}. At the smallest sigma and N = {largest:,} the residual cosine is "
        f"{lowest['A-B']:.2f} for A-B and {lowest['twin']:.2f} for the twin."
    )
    return Figure(f"size-{dataset}", canvas, caption, alt, table)


def budget_curves(tables: dict[str, pd.DataFrame], metric: str, label: str, name: str) -> Figure:
    """The convergence gate: one metric under several budgets, at the largest n_train."""
    datasets = list(dict.fromkeys(d for table in tables.values() for d in table.dataset))
    canvas, axes = new_canvas(1, len(datasets), 3.3)
    lines = dict(zip(tables, {2: ["-", "--"], 3: [":", "-", "--"]}[len(tables)], strict=True))
    for ax, dataset in zip(axes.flat, datasets, strict=True):
        for budget, table in tables.items():
            mine = table[(table.dataset == dataset) & (table.metric == metric) & table.pair.isin(["A", "B", "A-B"])]
            mine = mine[mine.n_train == mine.n_train.max()]
            color, marker = style.size_look(mine.n_train.max())
            _curve(ax, mine, color, marker, lines[budget], label=budget, row=budget, column=dataset)
        ax.set(title=f"{dataset}, N = {mine.n_train.max():,}", ylabel=label)
        if metric == "relative_score_error":
            ax.set_yscale("log")
        _noise_axis(ax)
    _legend(canvas, list(axes.flat), len(tables))
    budgets = ", ".join(tables)
    caption = (
        f"Does more training move the curve? {label[0].upper()}{label[1:]} at the largest N under {budgets}; "
        f"{_seeds(next(iter(tables.values())))}. Where the lines part, the curve is about the "
        "budget, not about the data."
    )
    both = pd.concat([table.assign(budget=budget) for budget, table in tables.items()])
    shown = both[(both.metric == metric) & both.pair.isin(["A", "B", "A-B"])]
    shown = shown[shown.n_train == shown.groupby(["budget", "dataset"]).n_train.transform("max")]
    lowest = shown[shown.sigma == shown.sigma.min()].groupby(["dataset", "budget"], sort=False)["value"].mean()
    values = "; ".join(f"{dataset}, {budget}: {value:.2f}" for (dataset, budget), value in lowest.items())
    alt = f"{label} against sigma under {budgets}. At sigma {shown.sigma.min():g}: {values}."
    return Figure(name, canvas, caption, alt, shown)


def face_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """PSNR gain on training and held-out faces (left), residual cosine A-B and twin (right); over them `published`."""
    canvas, (axes,) = new_canvas(1, 2, 4.1)
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine = table[table.n_train == n_train]
        held_out = mine[(mine.metric == "psnr_gain_held_out") & (mine.pair == "A")]
        seen = mine[(mine.metric == "psnr_gain_train") & (mine.pair == "A")]
        size = f"N = {n_train:,}"
        _curve(axes[0], held_out, color, marker, label=size, row=size, column="gain, held-out")
        _curve(axes[0], seen, color, marker, style.PAIR["twin"], row=size, column="gain, training")
        for pair, line in style.PAIR.items():
            cosine = mine[(mine.metric == "residual_cosine") & (mine.pair == pair)]
            _curve(axes[1], cosine, color, marker, line, row=size, column=f"cosine, {pair}")
    for name, line in style.REFERENCE.items():
        mine = table[(table.n_train == largest) & (table.metric == "psnr_gain_held_out") & (table.pair == name)]
        _curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}", row=name, column="gain, held-out")
    if published is not None:
        _overlay(axes[0], published[published.metric == "psnr_gain_held_out"], {"A": "-"})
        _overlay(axes[1], published[published.metric == "residual_cosine"], style.PAIR)
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
        f"the training faces. Wiener: linear, from their mean and covariance.{_about_published(published)}"
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
    return Figure("face-curves", canvas, caption, alt, table)


def face_pictures(pictures: pd.DataFrame, n_train: int) -> Figure:
    """A held-out face: clean, noisy, denoised by A and by B, and their difference, one row per sigma."""
    table = pictures[pictures.n_train == n_train]
    sigmas, kinds = table.sigma.unique(), ["clean", "noisy", "A", "B", "difference"]
    titles = ["clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"]
    canvas, axes = new_canvas(len(sigmas), len(kinds), 1.5 * len(sigmas))
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
        f"One held-out face under N = {n_train:,} training face{'s' if n_train > 1 else ''} a side. "
        "Rows: noise level σ, in units of the gray scale from 0 to 1. "
        "Last column: A minus B, red where A is brighter, multiplied by the number below it so "
        "that the largest difference is full colour."
    )
    sizes = table[table.what == "difference"].set_index("sigma").image.map(lambda d: float(np.sqrt((d**2).mean())))
    alt = f"Denoised faces under N = {n_train:,}. Root mean square difference of A and B: " + ", ".join(
        f"{value:.3f} at sigma {sigma:g}" for sigma, value in sizes.items()
    )
    return Figure(f"faces-{n_train}", canvas, caption, alt, _pixels(table))


def _pixels(pictures: pd.DataFrame) -> pd.DataFrame:
    """Pictures as a table of numbers: one row of pixels per row, columns x0, x1, ..."""
    parts = []
    for _, picture in pictures.iterrows():
        rows = pd.DataFrame(picture.image).add_prefix("x")
        about = {"n_train": picture.n_train, "sigma": picture.sigma, "what": picture.what, "row": rows.index}
        parts.append(pd.concat([pd.DataFrame(about), rows.round(5)], axis=1))
    return pd.concat(parts, ignore_index=True)


def trajectory_curves(table: pd.DataFrame, dataset: str) -> Figure:
    """Distance between trajectories from shared starts, on the way down in noise, one colour per n_train."""
    table = table[table.dataset == dataset]
    canvas, (axes,) = new_canvas(1, 2, 3.9, sharey=True)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[table.n_train == n_train], f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            _curve(axes[0], mine[mine.pair == pair], color, marker, line, row=size, column=pair)
        _curve(axes[1], mine[mine.pair == "A-exact"], color, marker, label=size, row=size, column="A to exact")
        _curve(axes[1], mine[mine.pair == "A-ideal"], color, marker, ":", row=size, column="A to ideal")
    axes[0].set(ylabel="distance between trajectories (sd of the data)")
    axes[0].set_title("A to B: solid; A to its twin: dashed")
    axes[1].set_title("A to exact: solid; A to ideal: dotted")
    for ax in axes:
        _noise_axis(ax)
        ax.invert_xaxis()
    _legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Probability-flow trajectories from the same noisy points, read from left "
        "(much noise) to right: root mean "
        "square distance between them, in standard deviations of the data. Left: A to B, "
        "trained on disjoint samples, and A to its twin. "
        "Right: A to the trajectory of the exact score and to that of the ideal denoiser of its training set, which "
        f"reproduces training points. One colour per training-set size N; {_seeds(table)}."
    )
    end = table[table.sigma == table.sigma.min()]
    ends = {pair: end[(end.n_train == end.n_train.min()) & (end.pair == pair)].value.mean() for pair in ("A-B", "twin")}
    alt = (
        f"On {dataset} with N = {table.n_train.min():,} the trajectories of A and B end "
        f"{ends['A-B']:.2f} standard deviations "
        f"apart, those of A and its twin {ends['twin']:.2f}."
    )
    return Figure(f"trajectories-{dataset}", canvas, caption, alt, table)


def trajectory_paths(paths: pd.DataFrame) -> Figure:
    """The trajectories themselves, in the plane: A, B and exact, for the smallest and the largest n_train."""
    sizes = sorted(paths.n_train.unique())
    canvas, (axes,) = new_canvas(1, len(sizes), 3.9, sharex=True, sharey=True)
    looks = {"exact": (style.INK, ":"), "A": (style.SIDE["A"], "-"), "B": (style.SIDE["B"], "--")}
    for ax, n_train in zip(axes, sizes, strict=True):
        for (who, start), path in paths[paths.n_train == n_train].groupby(["who", "start"]):
            color, line = looks[str(who)]
            ax.plot(path.u, path.v, color=color, ls=line, lw=1.3, label=who if start == 0 else None)
            ax.plot(path.u.iloc[-1:], path.v.iloc[-1:], "o", ms=4, color=color)
        ax.set_title(f"N = {n_train:,}")
        ax.set(xlim=(-5, 5), ylim=(-5, 5), aspect="equal")  # where the data are; the starts are far outside
    _legend(canvas, axes, 3)
    caption = (
        f"{paths.start.nunique()} trajectories from the same starting points at σ = {paths.sigma.max():g} down to σ = "
        f"{paths.sigma.min():g} (dots), under A, under B and under the exact score. Both axes in "
        "data units; the starts are outside the frame."
    )
    ends = paths[paths.sigma == paths.sigma.min()].pivot(index=["n_train", "start"], columns="who", values=["u", "v"])
    apart = np.hypot(ends["u", "A"] - ends["u", "B"], ends["v", "A"] - ends["v", "B"]).groupby("n_train").mean()
    alt = "Mean distance of the end points of A and B: " + ", ".join(
        f"{d:.2f} with N = {n:,}" for n, d in apart.items()
    )
    return Figure("trajectory-paths", canvas, caption, alt, paths)


def attractor_shares(table: pd.DataFrame, dataset: str) -> Figure:
    """What perturbed held-out points come to rest at: training points, modes or neither, against n_train."""
    table = table[(table.dataset == dataset) & (table.pair == "held-out")]
    sigmas, sizes = sorted(table.sigma.unique()), sorted(table.n_train.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.5, sharey=True)
    shares = {"rests_at_training_point": ("a training point", "#d55e00"), "rests_at_mode": ("a mode", "#0072b2")}
    for ax, sigma in zip(axes, sigmas, strict=True):
        base = np.zeros(len(sizes))
        for metric, (label, color) in shares.items():
            mine = table[(table.sigma == sigma) & (table.metric == metric)]
            height = mine.groupby("n_train")["value"].mean().reindex(sizes).to_numpy()
            ax.bar(range(len(sizes)), height, bottom=base, color=color, width=0.7, label=label)
            base += height
        ax.bar(range(len(sizes)), 1 - base, bottom=base, color="#8c8c8c", width=0.7, alpha=0.35, label="neither")
        ax.set_title(f"σ = {sigma:g}")
        ax.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
        ax.set_xlabel("N")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("share of starting points")
    _legend(canvas, axes, 3)
    caption = (
        f"{dataset}. Held-out points, perturbed by noise of level σ and then denoised by A at "
        "that level again and again: where they come to rest. A mode: within σ / 2 of a point where the exact "
        "denoiser rests. A training point: else, if its distance is below a third of that to the second nearest "
        f"(by chance this happens to {3.0 ** -table.dim.iloc[0]:.2g} of random points). Mean "
        f"over {table.seed.nunique()} seed{'s' if table.seed.nunique() > 1 else ''}."
    )
    first = (
        table[(table.n_train == sizes[0]) & (table.metric == "rests_at_training_point")].groupby("sigma").value.mean()
    )
    alt = f"With N = {sizes[0]:,} the share that rests at a training point is " + ", ".join(
        f"{value:.0%} at sigma {sigma:g}" for sigma, value in first.items()
    )
    return Figure(f"attractors-{dataset}", canvas, caption, alt, table)
