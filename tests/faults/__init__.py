"""Every way in which a test can break its process, each with the verdict that it must get.

::

    FAULTS of one file --> one suite, a module per fault --> one run per variant --> one test per fault

A fault file lists its :class:`~.fault.Fault` objects and has one parametrised test, :func:`~.fault.check`. What breaks
the host, or needs a run of its own, is an ordinary test below that.
"""
