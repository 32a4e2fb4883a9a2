"""From a compiled model to an ensemble: draws by name and member, designs, blocks, trajectories, statistics."""
