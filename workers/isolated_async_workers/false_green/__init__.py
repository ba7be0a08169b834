"""No test passes whose body has not run."""
