"""Jobs: the model run on the register, each in a process of its own, with progress, cancel and log."""
