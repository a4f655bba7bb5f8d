"""Errors of the harbour's own."""


class CardError(Exception):
    """A card could not be charged."""


class HullError(Exception):
    """A hull is not sound."""
