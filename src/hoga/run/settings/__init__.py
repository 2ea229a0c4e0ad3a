"""What the trader decided and how it is read: the file, the environment, the command line, the keys."""
