"""What the person on call needs next: throughput and failing nodes, from the optional resources."""
