"""`python -m routing`."""

from routing.cli import main

if __name__ == "__main__":  # worker processes may import this module too
    main(prog_name="python -m routing")
