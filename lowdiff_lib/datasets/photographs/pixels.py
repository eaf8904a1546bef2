"""From the bytes of one photograph to a gray square. Nothing else in the project decodes images.

The bytes were made by others, so they are not trusted: only plain raster formats are decoded (Pillow would
hand EPS to Ghostscript), and the size is looked at before the pixels are. What cannot be used raises
`Unreadable`.
"""

import io

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
MAX_PIXELS = 50_000_000  # of one photograph: bounds memory, and refuses decompression bombs

# Aligned CelebA is 178x218 (width x height). The paper takes the central 160x160, as Kadkhodaie et al. (ICLR
# 2024) do: hair to chin, without the borders that the alignment filled in. 89x109 is the same at half size.
CELEBA_SQUARE = {(178, 218): 160, (89, 109): 80}


class Unreadable(Exception):
    """Why one photograph cannot be used."""


def decode(data: bytes) -> np.ndarray:
    """Gray pixels [height, width], 0 to 255, of an image file; upright (EXIF), raises Unreadable.

    Luma 0.299 R + 0.587 G + 0.114 B; uint8, or float32 for files of 16 bits.
    """
    if not data:
        raise Unreadable("the file is empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Unreadable(f"{width:,}x{height:,}: more than {MAX_PIXELS:,} pixels")
            return _gray(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable(f"more than {MAX_PIXELS:,} pixels") from None
    except Image.UnidentifiedImageError:
        raise Unreadable(f"not an image in a format read here ({', '.join(FORMATS)})") from None
    except Unreadable:
        raise
    except Exception as error:  # on damaged files Pillow raises almost anything: OSError, SyntaxError, IndexError...
        raise Unreadable(f"damaged ({error})") from None


def gray(pixels: np.ndarray) -> np.ndarray:
    """uint8 [h, w], or [h, w, 1 or 3] or [1 or 3, h, w], as gray uint8 [h, w]."""
    if pixels.ndim == 3 and pixels.shape[-1] not in (1, 3):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return pixels if pixels.ndim == 2 else _gray(Image.fromarray(np.ascontiguousarray(pixels)))


def _gray(image: Image.Image) -> np.ndarray:
    if image.mode == "I" or image.mode.startswith("I;16"):  # 16 bits; Pillow would cut them off at 255
        wide = np.asarray(image).astype(np.float32)
        if wide.min() < 0 or wide.max() > 65535:
            raise Unreadable("more than 16 bits a pixel")
        return wide / 257
    if image.mode == "F":
        raise Unreadable("floating-point pixels: which value is white is not known")
    if image.mode != "L":
        image = image.convert("RGB").convert("L")  # CMYK and palettes have no way to gray but by RGB
    return np.asarray(image)


def square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The central square of [height, width] as uint8 [side, side]; a pixel is the mean of what it covers.

    Of aligned CelebA the central 160 of 178x218 (80 of 89x109), of anything else the largest central square.
    For a whole factor the mean is exact; no detail is invented where the square is smaller than `side`.
    """
    size = square_side(pixels)
    top, left = ((length - size) // 2 for length in pixels.shape)
    middle = pixels[top : top + size, left : left + size]
    means = middle if size == side else _means(_means(middle, side).T, side).T
    return np.rint(means).astype(np.uint8)


def square_side(pixels: np.ndarray) -> int:
    """How wide the central square of [height, width] is."""
    height, width = pixels.shape
    return CELEBA_SQUARE.get((width, height), min(width, height))


def _means(pixels: np.ndarray, side: int) -> np.ndarray:
    """Means over `side` equal, perhaps fractional, intervals of the rows: [size, width] -> [side, width].

    By running sums: no matrix product, whose threads would fight those that decode.
    """
    size = len(pixels)
    edges = np.linspace(0, size, side + 1)
    whole = np.minimum(edges.astype(int), size - 1)
    exact = np.float32 if pixels.dtype == np.uint8 else np.float64  # sums of bytes stay below 2**24
    sums = np.zeros((size + 1, pixels.shape[1]), exact)
    np.cumsum(pixels, axis=0, out=sums[1:])
    at_edges = sums[whole] + (edges - whole)[:, None] * pixels[whole]
    return np.diff(at_edges, axis=0) * side / size
