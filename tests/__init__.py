"""The tests of hoga. This file makes the folder win over the `tests` package that pyupbit 0.2.34 installs by mistake."""
