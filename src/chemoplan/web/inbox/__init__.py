"""What waits for somebody of the team: requests, questions, symptoms, and how urgent each is."""
