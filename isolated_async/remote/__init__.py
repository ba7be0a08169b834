"""Cases on other machines (``--isolated-loop-tx``): how they are reached, and what stands for them here and there.

::

    here                                                          there
    ----                                                          -----
    host ==(as with a zygote)==> relay ==(execnet gateway)==> agent ==(as with a zygote)==> zygote --fork--> workers
              specs, start         counterpart of each worker     mirror of each worker
                                   `-- link, streams, items, proof: on both sides --'

No protocol for the network is here, and no listening socket: execnet and ssh have them.
"""
