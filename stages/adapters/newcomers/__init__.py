"""New cases for a trained model, read by the rules of the cases it was trained on."""
