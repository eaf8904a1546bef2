"""Which photographs are the same one, filed twice.

A photograph on side A and again on side B would make two models agree for the wrong reason, so the paper
drops near-duplicates: "cosine > .95". What that means depends on the pixels that are compared. Of the first
10,000 images of CelebA, raw pixels give thousands, since all faces are bright in the middle. With each
image's mean removed, 20x20 copies (as in the code of Kadkhodaie et al., ICLR 2024) give a few dozen, most
of them different people who share a pose and a dark background; such pairs grow with n squared. 80x80
copies give seven, each the same photograph to the eye (re-encoded, rescaled, other contrast). Somewhat
below .95, copies that were shifted or retouched mix with look-alikes, so a lower threshold would not help.
`test_faces.py` checks this. So:

    near-duplicates: correlation > .95 on 20x20 *and* on 80x80 copies, whatever the resolution in use.

The first is the cheap screen that keeps 200,000 images tractable; the second decides. The same images are
dropped at every resolution, so that sides are the same ones.
"""

import numpy as np

NEAR_DUPLICATE = 0.95  # correlation of two images: cosine after removing each one's mean
FINE = 80
COARSE = 20

_BLOCK = 1024  # images compared with as many at once: a few megabytes


def near_duplicates(images: np.ndarray, threshold: float = NEAR_DUPLICATE) -> dict[int, int]:
    """Images that repeat an earlier one: index -> index of the kept image that it repeats.

    images: uint8 [n, 80, 80], may be memory-mapped. No two images that stay are near-duplicates of each
    other. Takes time n squared: 16 GFLOP for 6,000 images, 16 TFLOP for 200,000.
    """
    n = len(images)
    coarse = np.empty((n, COARSE * COARSE), np.float32)
    for start in range(0, n, _BLOCK):
        coarse[start : start + _BLOCK] = _standardised(_pooled(images[start : start + _BLOCK]))
    repeats: dict[int, int] = {}
    kept = np.ones(n, bool)
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n))
        pairs = [
            pair
            for left in range(0, start + 1, _BLOCK)
            for pair in _pairs(images, coarse, rows, np.flatnonzero(kept[left : left + _BLOCK]) + left, threshold)
        ]
        for later, earlier in sorted(pairs):
            if kept[later] and kept[earlier]:
                kept[later] = False
                repeats[later] = earlier
    return repeats


def _pairs(
    images: np.ndarray, coarse: np.ndarray, rows: np.ndarray, columns: np.ndarray, threshold: float
) -> list[tuple[int, int]]:
    """(later, earlier) of rows x columns that are near-duplicates."""
    alike = coarse[rows] @ coarse[columns].T > threshold
    alike &= columns[None] < rows[:, None]
    i, j = np.flatnonzero(alike.any(1)), np.flatnonzero(alike.any(0))
    if not len(i):
        return []
    same = _standardised(images[rows[i]]) @ _standardised(images[columns[j]]).T > threshold
    same &= alike[np.ix_(i, j)]
    return [(int(rows[i[a]]), int(columns[j[b]])) for a, b in np.argwhere(same)]


def _pooled(images: np.ndarray) -> np.ndarray:
    factor = FINE // COARSE
    return images.reshape(-1, COARSE, factor, COARSE, factor).mean((2, 4), dtype=np.float32)


def _standardised(images: np.ndarray) -> np.ndarray:
    """[n, pixels] float32 of mean 0 and length 1: products are correlations (0 for blank images)."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
