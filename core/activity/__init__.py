"""When people were last active, judged from evidence that is honest about what it doesn't know."""
