"""Reports that go out by themselves: when, to whom, and what became of each mail."""
