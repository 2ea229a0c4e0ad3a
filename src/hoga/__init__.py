"""Trade on Upbit: a sensor that listens, a brain that decides and an actuator that acts, joined only by queues."""

__version__ = "0.1.0"
