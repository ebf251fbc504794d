"""A Microsoft Graph tenant that answers over HTTPS on loopback, as the contract describes it.

Used by the demo, by `python -m core simulator` and by tests. `core.simulator.server.start_simulator` starts
one.
"""
