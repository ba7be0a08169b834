"""What a case left behind, with the places that made it.

::

    loop_leaks, thread_leaks, loop_errors, never_awaited --add--> Findings --lines--> watch
         |
         +--- where was it made? ---> origins, coroutine_origin
"""
