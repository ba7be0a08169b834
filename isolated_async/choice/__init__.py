"""Which collected tests run isolated, and how: options, markers, and what other plugins want of them."""
