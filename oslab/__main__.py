"""``python -m oslab``."""

from oslab.cli import main

if __name__ == "__main__":
    main()
