"""What a computation runs on: devices, the processes of a training, the workers of a cluster."""
