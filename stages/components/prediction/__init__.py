"""What a trained network says: windows, ensembles, calibration, thresholds."""
