"""Data structures that an interest set could be kept in, each counting its comparisons and moves."""
