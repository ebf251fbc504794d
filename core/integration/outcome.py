"""How a task ends without what it came for."""


class NothingUsableError(Exception):
    """The task ran, but nothing that could be used came of it; the message says why."""
