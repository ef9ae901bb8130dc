"""Who signs in, with what, and what they allow us to send them."""
