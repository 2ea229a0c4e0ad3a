"""What touches the wire: the sensor, the actuator and the inbox between them and the brain."""
