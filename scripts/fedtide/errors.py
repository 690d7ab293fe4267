"""Errors for people: one line that names the file, says what was found and what would be right."""

FAILED, USAGE, DAMAGED, NO_INPUT, BUG, NO_OUTPUT, IO = 1, 2, 65, 66, 70, 73, 74


class FedtideError(Exception):
    """Ends a script with one line on stderr and an exit code of the `fedtide` program."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def damaged(path, what):
    return FedtideError(f"{path}: {what}", DAMAGED)


def missing(path, what):
    return FedtideError(f"{path}: {what}", NO_INPUT)
