"""Problem types of the cow plugin, one file each."""
