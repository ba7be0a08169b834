"""The user's terminal, between two reports: what runs, what is slow, and whose debugger it is."""
