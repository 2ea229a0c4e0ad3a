"""What a run leaves on disk and hears from it: journal, tape, switches."""
