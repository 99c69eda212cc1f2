"""One training: its steps, schedule, augmentation and stopping, and how it is resumed and shared."""
