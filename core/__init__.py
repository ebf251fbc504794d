"""Seatwise: who holds which Microsoft 365 license, what it costs, and which seats nobody uses.

This package imports nothing by itself: `python -m core.start` runs before anything is installed.
"""
