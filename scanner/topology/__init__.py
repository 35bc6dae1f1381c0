"""The entities that rules join, with the facts they compute from the graph."""
