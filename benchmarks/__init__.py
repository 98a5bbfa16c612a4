"""What files cost, and how well they are judged: `make bench-files`."""
