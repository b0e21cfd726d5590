"""`python -m iflow_census`: the command line."""

from iflow_census.cli import main

if __name__ == "__main__":
    main()
