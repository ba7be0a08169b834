"""A comparison as one HTML page, which needs nothing but itself: no network, no other file.

::

    tally --> ..wording: the sentence at its head
         |--> rows: what the table of tests shows, as compact JSON ------------------> tests.js makes rows of it
         |--> timeline: lanes of what ran at the same time --> charts: SVG, by Altair and Vega
         `--> durations: how long tests take on each side --->'
                  template.html.j2, with style.css, tests.js and page.js inside it: one file

The charts are finished drawings: no plotting library is in the page. Their colours are CSS variables, so that both
themes have their own. A content security policy lets the page do nothing but run this script.
"""

from __future__ import annotations

from .document import as_html

__all__ = ["as_html"]
