"""The recipe's hyper-parameters: config.toml, and over it what the file named in RECIPE_CONFIG changes."""
import os
import tomllib
from pathlib import Path


def overlay(base: dict, changes: dict) -> dict:
    """`base` with `changes`, table by table."""
    merged = dict(base)
    for name, value in changes.items():
        merged[name] = overlay(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict) else value
    return merged


CONFIG = tomllib.loads(Path(__file__).with_name("config.toml").read_text())
if "RECIPE_CONFIG" in os.environ:
    CONFIG = overlay(CONFIG, tomllib.loads(Path(os.environ["RECIPE_CONFIG"]).read_text()))
