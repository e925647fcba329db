"""Made-up returns for trying things out."""

from demo.defects import Planted
from demo.lay import DemoSummary, lay_demo, read_planted

__all__ = ["DemoSummary", "Planted", "lay_demo", "read_planted"]
