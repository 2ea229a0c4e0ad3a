"""The tests of hoga. With this file the folder wins over the `tests` package that pyupbit 0.2.34 installs."""
