"""The recipe that makes the project's models; needs the extra `training`."""
