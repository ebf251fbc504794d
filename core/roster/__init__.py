"""The HR roster: reading the file, finding each employee's account, comparing, importing, listing."""
