"""``python -m sungari``: the command line without its script."""

from sungari.show.cli import main

if __name__ == "__main__":
    main(prog_name="sungari")
