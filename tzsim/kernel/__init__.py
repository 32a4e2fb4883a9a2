"""Simulation: the interpreter (the definition), the compiled kernels, the functions."""
