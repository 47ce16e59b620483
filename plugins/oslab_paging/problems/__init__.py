"""Problem types of the paging plugin, one file each."""
