"""The same suites again and again, each time in another order: finds tests that are red now and then (`inv cross-check`)."""
