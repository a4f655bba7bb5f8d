"""The code location `broken`: it cannot be loaded."""

raise ImportError("The dredger's charts are not installed.")
