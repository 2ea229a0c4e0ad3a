"""Ready strategies a trader can run and copy."""
