"""How a command can end other than well. The command line prints the message as one line."""


class CommandRefused(Exception):  # noqa: N818 - an answer to the person, not a fault of the program
    """The command cannot be carried out as it was given; nothing was changed. Exit code 2."""


class CommandFailed(Exception):  # noqa: N818 - as above
    """The command was carried out and did not succeed. Exit code 1."""
