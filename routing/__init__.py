"""A vehicle router for contactless delivery, usable by itself."""
