# SPDX-License-Identifier: MIT
"""Which bytes of a file are here, as pictures: SVG, rows of characters, and live in a notebook.

file.plot().save("atlas.svg")
print(file.plot())
job.watch()
"""

from .live import LivePicture, live
from .picture import RangePicture
from .row import Picture
from .text_map import can_draw, text_map

__all__ = ["LivePicture", "Picture", "RangePicture", "can_draw", "live", "text_map"]
