"""Writing to the holders of licenses: what the mail says, how it is sent, the link by which they answer."""
