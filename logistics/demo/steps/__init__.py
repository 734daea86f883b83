"""The steps of the main job. Each looks afterwards whether the figures are what they have to be."""
