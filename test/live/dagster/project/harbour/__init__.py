"""The code location `harbour`: a marina that rents berths, as small as the tests allow."""
