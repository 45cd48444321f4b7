"""Components of EngineLibrary: start and stop, signals and orders, control, getters."""
