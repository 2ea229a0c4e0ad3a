"""The trader's books: what every coin cost, what its sale gained, and files a tax adviser can open."""
