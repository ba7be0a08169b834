"""What type checkers say about a user's code. Nothing here is run: ``scripts/check`` has mypy and pyright read it."""
