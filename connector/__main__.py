"""``python -m connector`` and ``backorder``."""

from __future__ import annotations

from connector.cli import backorder


def main() -> None:
    backorder(prog_name="backorder")


if __name__ == "__main__":
    main()
