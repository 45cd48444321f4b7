"""The components of LoadLibrary."""
