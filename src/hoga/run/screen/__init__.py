"""What a person sees of a run: the live view, the report, the logs, in Korean and English."""
