"""The worker side's part in a profile: what each process of a case has cost, stage by stage. Imported if one is wanted.

::

    zygote: start of a worker, its end, CPU of both  --WorkerMeasured--> host
    worker: each stage that begins, CPU until then   --StagesMeasured--> host, with what is sent anyway

The zygote and the channel to the host are others then; nothing else of the worker side knows.
"""
