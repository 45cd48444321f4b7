"""How many instructions one order takes in the engine's and in the venue's code: the same on a busy machine as on a quiet one."""
