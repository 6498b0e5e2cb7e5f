"""Pictures: a timeline as a PNG file. Imported when the first picture is drawn: Pillow takes a while to load."""
