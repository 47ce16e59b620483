"""Problem types of the tlb plugin, one file each."""
