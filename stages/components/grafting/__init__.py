"""What of one network goes into another: key maps, adaptation of tensors, the ledger of it."""
