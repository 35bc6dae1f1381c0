"""Whatever describes resources, read into the model: one folder per source."""
