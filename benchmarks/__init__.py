"""What Dovetail may cost, measured against floors of the same run: `make bench`."""
