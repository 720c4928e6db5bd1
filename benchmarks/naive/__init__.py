"""What Regulars is measured against: the pipeline one writes first, one queue job and one ORM transaction
for each delivery. It counts right; it is only slow."""
