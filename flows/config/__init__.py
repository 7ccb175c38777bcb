"""The rooms behind `flows.settings`: the files a user edits, read, checked and shown.

toml_lines -> documents -> tables, options -> watchlists, sources -> flows.settings
"""
