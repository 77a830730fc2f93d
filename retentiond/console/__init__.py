"""Review in a browser: a skin over the lifecycle, with no rule of its own."""
