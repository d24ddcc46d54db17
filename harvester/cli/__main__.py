"""`python -m harvester.cli` is the command line too, where the script is not on the path."""

from harvester.cli import main

if __name__ == "__main__":
    main()
