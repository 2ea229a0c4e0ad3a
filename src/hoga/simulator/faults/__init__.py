"""What can be made to go wrong, how it is asked for, and how it strikes."""
