"""Taking licenses back: who could give one up, what was decided, and how far it has come."""
