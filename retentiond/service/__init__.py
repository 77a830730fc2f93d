"""What makes it a daemon: composition, the scheduler, systemd, logging."""
