"""What a person can ask of hoga on the command line, one file a command or a few of a kind."""
