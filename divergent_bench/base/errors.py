"""The one exception that is meant for people."""


class UserError(Exception):
    """Something the user can mend.

    The message says what is wrong, where (file, key, line) and how to fix it. Entry points print it
    without a traceback and exit with code 2.
    """
