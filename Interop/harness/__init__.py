"""Runs Cascade and foreign MoQT implementations against each other and writes the table of results."""
