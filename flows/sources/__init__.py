"""Where news comes from besides feeds on the web, and how feeds come to be followed.

Folders of files and archives in them; lists of feeds to import, export and start from; finding a
site's feeds; sitemaps.
"""
