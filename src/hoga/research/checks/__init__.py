"""Against self-deception: would the gain survive new data, other luck, dearer trades and a slower wire?"""
