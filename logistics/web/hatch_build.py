"""Package build step: the browser assets and the compiled translations go into the wheel."""
