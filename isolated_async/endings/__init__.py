"""How what runs in a worker ends: verdicts, deadlines, and what is known of it."""
