// Filled by this target's author.
