"""What people and machines see of the engine: control API, health, metrics, logs."""
