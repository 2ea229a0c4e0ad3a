"""The commands of research: words from the terminal in, tables and files out."""
