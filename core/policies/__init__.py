"""Policies, exemptions and cooldowns: how activity is judged, how reclamation is bounded, whom it spares."""
