"""The day of a Korean exchange: reports and ranges are in the time of Seoul, which has no summer time."""

from datetime import timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")
DAY_MS = 86_400_000
