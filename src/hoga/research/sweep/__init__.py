"""Many parameter sets over the same past: Optuna chooses, Dask carries out, a study on disk counts each once."""
