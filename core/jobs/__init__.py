"""Runs what is on record as due: integration tasks and reclamations, on DBOS, across crashes and restarts."""
