"""The API: every operation of the register, the desk and the jobs, for programs.

:func:`sungari.show.api.app.create` makes it; :mod:`sungari.show.client` speaks it.
"""
