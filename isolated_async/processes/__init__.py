"""The processes of a run, from the host's end: how a zygote comes to be, and what is held of each worker."""
