"""Shells around `monitors`: HTTP, DuckDB, Prefect, Apprise and the command line."""
