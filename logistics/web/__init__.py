"""What every page stands on: layout, assets, translations."""
