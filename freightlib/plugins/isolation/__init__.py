"""Child processes that render: limited in time, memory and output, and without a network."""
