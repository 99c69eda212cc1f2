"""Where raw data lie, and their bytes: nothing is read beyond a limit, and no path leads out."""
