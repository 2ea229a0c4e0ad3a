"""What is kept on disk: the journal of what was decided and heard, and the tape of raw frames."""
