"""What is wrong with a file, a folder or a question about recorded prices."""

from hoga.model.errors import HogaError


class DataError(HogaError):
    """Recorded prices cannot be used or kept; the text names the file or market, the fault, and what to do."""
