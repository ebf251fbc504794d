"""The integration tasks: they bring a tenant in page by page; a failure leaves the last good state."""
