"""Microsoft Graph over HTTP: credentials, transport, directory, usage, licensing, errors."""
