# SPDX-License-Identifier: GPL-2.0-only
"""Models as the data that the program reads: docs/oom.md has the format."""

import math

HORIZONS = (1, 5, 10, 30)


def significant(value, digits=9):
    return float(f"{value:.{digits}g}")


def logistic_horizon(seconds, fitted):
    """The scaling of the features is folded in."""
    weights = fitted.weight / fitted.scale
    return {"seconds": seconds, "bias": significant(fitted.bias - float((weights * fitted.mean).sum())),
            "weights": [significant(value) for value in weights]}


def tree_nodes(tree):
    """[feature, threshold, left, right] or [value], parents first; splits that split nothing are left out."""
    inner, nodes = len(tree.feature), []

    def add(place):
        while place < inner and math.isinf(tree.cut[place]):
            place = 2 * place + 1
        here = len(nodes)
        if place >= inner:
            nodes.append([tree.leaf[place - inner]])
            return here
        nodes.append(None)
        left = add(2 * place + 1)
        right = add(2 * place + 2)
        nodes[here] = [tree.feature[place], significant(tree.cut[place]), left, right]
        return here

    add(0)
    return nodes


def trees_horizon(seconds, fitted):
    return {"seconds": seconds, "bias": significant(fitted.bias), "trees": [tree_nodes(tree) for tree in fitted.trees]}


def model_file(names, window, linear, logistic, trees, default):
    """logistic, trees: seconds -> fitted."""
    return {"format": 1, "default": default,
            "linear": {"window": window, "shape": significant(linear.shape, 4), "least_slope": linear.least_slope},
            "logistic": {"features": names,
                         "horizons": [logistic_horizon(seconds, logistic[seconds]) for seconds in HORIZONS]},
            "trees": {"features": names,
                      "horizons": [trees_horizon(seconds, trees[seconds]) for seconds in HORIZONS]}}
