"""One retraining: take changes, run, judge, promote or keep, and tell people."""
