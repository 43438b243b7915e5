"""The compiled interpreter of tapes.

Import its modules, not this: they load Numba, which takes half a second.
"""
