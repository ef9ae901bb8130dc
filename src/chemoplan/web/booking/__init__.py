"""Times that are held, booked and given back, and the pages' words for them."""
