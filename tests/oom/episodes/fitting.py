# SPDX-License-Identifier: GPL-2.0-only
"""The learned models: logistic regression and shallow boosted trees. The same data always gives the same model."""

from dataclasses import dataclass, field

import numpy


def sigmoid(value):
    return 1 / (1 + numpy.exp(-numpy.clip(value, -40, 40)))


@dataclass
class Logistic:
    mean: numpy.ndarray
    scale: numpy.ndarray
    weight: numpy.ndarray
    bias: float

    def raw(self, features):
        return ((features - self.mean) / self.scale) @ self.weight + self.bias

    def probability(self, features):
        return sigmoid(self.raw(features))


def fit_logistic(features, label, ridge=1e-3, rounds=30):
    """Newton's method on standardised features, with a ridge on all but the bias."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale < 1e-9] = 1.0
    design = numpy.column_stack([(features - mean) / scale, numpy.ones(len(features))])
    weight = 1.0 / len(features)
    penalty = numpy.full(design.shape[1], ridge)
    penalty[-1] = 1e-9
    found = numpy.zeros(design.shape[1])
    for _ in range(rounds):
        probability = sigmoid(design @ found)
        gradient = design.T @ (weight * (probability - label)) + penalty * found
        curvature = (design * (weight * probability * (1 - probability))[:, None]).T @ design + numpy.diag(penalty)
        step = numpy.linalg.solve(curvature, gradient)
        found -= step * min(1.0, 5.0 / (numpy.abs(step).max() + 1e-12))
        if numpy.abs(step).max() < 1e-6:
            break
    return Logistic(mean, scale, found[:-1], float(found[-1]))


@dataclass
class Tree:
    """Complete, in breadth-first order: inner nodes first, then the leaves. Left if the feature is at most the cut."""
    feature: list
    cut: list
    leaf: list

    def leaf_of(self, features):
        node = numpy.zeros(len(features), dtype=int)
        feature, cut = numpy.array(self.feature), numpy.array(self.cut)
        depth = len(self.leaf).bit_length() - 1
        rows = numpy.arange(len(features))
        for _ in range(depth):
            node = 2 * node + 1 + (features[rows, feature[node]] > cut[node])
        return node - len(self.feature)

    def value(self, features):
        return numpy.array(self.leaf)[self.leaf_of(features)]


@dataclass
class Trees:
    bias: float
    trees: list = field(default_factory=list)

    def raw(self, features):
        total = numpy.full(len(features), self.bias)
        for tree in self.trees:
            total += tree.value(features)
        return total

    def probability(self, features):
        return sigmoid(self.raw(features))


def cuts_of(features, bins):
    """For each feature up to bins - 1 cuts between its quantiles; exact in float32, as the program compares."""
    shares = numpy.linspace(0, 1, bins + 1)[1:-1]
    found = []
    for column in features.T:
        found.append(numpy.unique(numpy.quantile(column, shares, method="lower").astype(numpy.float32))
                     .astype(float))
    return found


def best_splits(binned, node, nodes, gradient, curvature, bins, ridge):
    """For each node (feature, bin) of the split that gains most; (0, bins) sends all to the left."""
    best_gain = numpy.zeros(nodes)
    choice = [(0, bins)] * nodes
    for number, column in enumerate(binned):
        key = node * bins + column
        left_gradient = numpy.bincount(key, gradient, nodes * bins).reshape(nodes, bins).cumsum(axis=1)
        left_curvature = numpy.bincount(key, curvature, nodes * bins).reshape(nodes, bins).cumsum(axis=1)
        whole_gradient, whole_curvature = left_gradient[:, -1:], left_curvature[:, -1:]
        right_gradient, right_curvature = whole_gradient - left_gradient, whole_curvature - left_curvature
        gain = (left_gradient ** 2 / (left_curvature + ridge) + right_gradient ** 2 / (right_curvature + ridge)
                - whole_gradient ** 2 / (whole_curvature + ridge))
        small = (left_curvature < 1.0) | (right_curvature < 1.0)
        gain[small] = -1
        place = gain.argmax(axis=1)
        for here in range(nodes):
            if gain[here, place[here]] > best_gain[here] + 1e-9:
                best_gain[here] = gain[here, place[here]]
                choice[here] = (number, int(place[here]) + 1)
    return choice


def fit_trees(features, label, count=50, depth=3, rate=0.2, bins=48, ridge=5.0):
    """Gradient boosting of the log loss, second order, on quantile bins."""
    cuts = cuts_of(features, bins)
    binned = [numpy.searchsorted(cut, column, side="left") for cut, column in zip(cuts, features.T)]
    share = float(label.mean())
    model = Trees(float(numpy.log(share / (1 - share))) if 0 < share < 1 else -20.0)
    raw = numpy.full(len(features), model.bias)
    for _ in range(count):
        probability = sigmoid(raw)
        gradient, curvature = probability - label, probability * (1 - probability)
        node = numpy.zeros(len(features), dtype=int)
        tree = Tree([], [], [])
        for level in range(depth):
            for here, (number, place) in enumerate(
                    best_splits(binned, node, 2 ** level, gradient, curvature, bins, ridge)):
                tree.feature.append(number)
                tree.cut.append(float(cuts[number][place - 1]) if place - 1 < len(cuts[number]) else float("inf"))
            first = 2 ** level - 1
            chosen = numpy.array(tree.feature[first:])[node]
            cut = numpy.array(tree.cut[first:])[node]
            node = 2 * node + (features[numpy.arange(len(features)), chosen] > cut)
        leaves = 2 ** depth
        sums = numpy.bincount(node, gradient, leaves), numpy.bincount(node, curvature, leaves)
        # As they are written down: see model_file.py.
        tree.leaf = [round(float(value), 6) for value in -rate * sums[0] / (sums[1] + ridge)]
        raw += numpy.array(tree.leaf)[node]
        model.trees.append(tree)
    return model


@dataclass
class Linear:
    """Room over slope. Its figures are a window to take the slope of, and the least slope that counts."""
    fill: int   # columns of the features
    slope: int
    least_slope: float
    shape: float = 4.0

    def probability(self, features, horizon=10.0):
        fill = numpy.maximum(features[:, self.fill], 1e-9)
        probability = 1 / (1 + (1 / (fill * horizon)) ** self.shape)
        return numpy.where(self.counts(features), probability, 0.0)

    def counts(self, features):
        return (features[:, self.fill] > 0) & (features[:, self.slope] >= self.least_slope)
