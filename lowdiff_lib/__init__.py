"""lowdiff: what diffusion models do when the noise is small.

This is the map of the library. A room may touch the rooms named behind it, and nothing else; `tests/test_arrows.py`
reads the map from here.

    base        -> nothing      files, locks, hashes, errors, words: knows no diffusion
    datasets    -> base         mixtures and photographs, sides A and B, held-out samples
    specs       -> base datasets        what a run is: every room's vocabulary
    models      -> base specs datasets      networks, denoisers around them, and denoisers that need no training
    measures    -> base specs datasets models       what one does to a denoiser: metrics, samplers, Jacobians
    training    -> base specs datasets models       losses, the trainer, the store of runs, sweeps, cards, clusters
    tables      -> base         tidy tables, levels, what is published
    experiments -> base specs datasets models measures training tables      questions: grids, and how to measure
    figures     -> base tables  tables to pictures
    findings    -> base tables  tables to sentences
    claims      -> base tables  tables to verdicts
    publishing  -> base specs datasets models measures training tables experiments      into data/, and checked there
    book        -> base tables  chapters to pages; knows no science
    cli         -> any room     the door: `lowdiff`

From a script or a notebook of yours it has five doors. What is trained or measured once is kept, and found again:

    from lowdiff_lib import tables
    from lowdiff_lib.datasets.mixtures import mixture
    from lowdiff_lib.experiments import catalog
    from lowdiff_lib.training import runs, sweep

    table = tables.published("training_set_size")                   # a published table, as a data frame
    measured = catalog.study("training_set_size").measured("quick")  # a study, done here: measured.shown is its table
    three = catalog.usual("spiral", 100)                            # the runs that studies look at: A, B and twin
    sweep.ensure(list(three.values()))                              # they are trained, now or before
    denoiser = runs.load(three["A"])                                # denoiser(y, sigma); .residual, .score
    truth = mixture("spiral")                                       # a mixture: .denoise(y, sigma); .residual, .score

Importing this package imports nothing else, so that `lowdiff --help` is instant. Import it before torch: then threads
that have nothing to do wait, where they would otherwise spin and take a busy machine from those that work.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when torch is loaded; thirty times as fast beside others

__version__ = "0.1.0"
