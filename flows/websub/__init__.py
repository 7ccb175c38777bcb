"""Feeds that are pushed: hubs are asked to tell us, and listened to (WebSub).

feeds.hub_url -> subscribing (asks the hub) -> listening (the hub asks back, then pushes)
-> pushes (the feed is due, and an ingest asked for) -> ingest fetches the feed as ever
"""
