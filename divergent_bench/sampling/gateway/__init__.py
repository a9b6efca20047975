"""The resident process that talks to providers, and its clients.

One gateway serves a working directory on a host. Whoever needs an answer connects to its socket,
and starts it when there is none; it leaves when it has been idle for a while.
"""
