"""The pages of a run looked at in a real browser: what a reader would see, in light and dark, on a laptop and on a phone."""
