"""Market data on disk: fetched, recorded, checked, and read back in blocks of bounded size."""
