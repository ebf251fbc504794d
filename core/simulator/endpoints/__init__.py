"""The handlers behind each path of the simulated Graph, one module per area."""
