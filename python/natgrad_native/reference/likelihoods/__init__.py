"""One file per likelihood of a generalised linear model; found through the registry."""
