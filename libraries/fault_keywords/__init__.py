"""Components of FaultLibrary."""
