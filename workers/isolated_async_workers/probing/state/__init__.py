"""What tests share with each other in one process, and whether it is as it was.

::

    snapshot --> process: environment, directories, warnings, logging, signals, settings
             |-> loops: the current loop, the policy, tasks, threads
             `-> namespaces: modules, their attributes, their classes, containers and caches
                      each a Domain: pieces by key, which can be read, compared, put back, told
"""
