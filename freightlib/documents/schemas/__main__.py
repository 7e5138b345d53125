"""Writes the schemas that ship with the package: ``python -m freightlib.documents.schemas``."""

from pathlib import Path

from freightlib.documents.schemas import SHAPES, file_name, text

if __name__ == "__main__":
    for name in SHAPES:
        Path(__file__).with_name(file_name(name)).write_text(text(name), "utf-8")
