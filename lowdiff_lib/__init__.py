"""lowdiff: what diffusion models do when the noise is small.

The rooms of the library, each of which may use only those before it:

    datasets -> models -> objectives, training -> runs, sweep -> metrics, experiments
             -> tables -> figures -> chapters -> book, cli

Importing this package imports nothing else, so that `lowdiff --help` is instant.
"""

__version__ = "0.1.0"
