"""What a worker has said, told again in this process: to pytest's hooks, to coverage, and to the user."""
