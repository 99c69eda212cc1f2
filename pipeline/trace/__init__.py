"""Which models saw a patient, a case or a file, and what follows where the patient withdraws."""
