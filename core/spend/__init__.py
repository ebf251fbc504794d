"""What licenses cost: purchases, exact money, and the figures that people decide by."""
