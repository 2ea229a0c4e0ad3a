"""Our orders from the wish to the proven end: records, cancels, questions, absence, recovery. Pure."""
