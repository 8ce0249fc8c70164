"""Makes values.json: what the analyses must find, computed with numpy, scipy and scikit-learn.

    python3 -m venv venv && venv/bin/pip install numpy scipy scikit-learn
    venv/bin/python services/stats/reference/make-reference.py > services/stats/reference/values.json
"""

import itertools
import json
import math

import numpy
import scipy.stats
import sklearn.cluster
import sklearn.metrics

random = numpy.random.default_rng(20240701)


def rounded(values):
    return [round(float(value), 6) for value in values]


# Correlations: four variables, the third with ties, the fourth a bent copy of the first.
first = random.normal(size=60)
columns = [
    first,
    0.5 * first + random.normal(size=60),
    random.integers(0, 5, size=60),
    numpy.exp(first),
]
columns = [rounded(column) for column in columns]
matrix = numpy.array(columns)
correlations = {
    "columns": columns,
    "pearson": numpy.corrcoef(matrix).tolist(),
    "spearman": scipy.stats.spearmanr(matrix.T).statistic.tolist(),
    "ranks_of_third": scipy.stats.rankdata(columns[2]).tolist(),
}

# Principal components of the standardised columns.
eigenvalues, vectors = numpy.linalg.eigh(numpy.corrcoef(matrix))
order = numpy.argsort(eigenvalues)[::-1]
axes = []
for place in order:
    vector = vectors[:, place]
    if vector[numpy.argmax(numpy.abs(vector))] < 0:
        vector = -vector
    axes.append({"eigenvalue": float(eigenvalues[place]), "weights": vector.tolist()})

# Explained variance: three factors, the third a function of the first (collinear), unbalanced groups.
size = 80
a = random.integers(0, 3, size=size)
b = random.integers(0, 4, size=size)
c = a // 2
target = rounded(2.0 * a + numpy.array([0.0, 1.5, -1.0, 0.5])[b] + random.normal(size=size))
groups = {"a": a.tolist(), "b": b.tolist(), "c": c.tolist()}


def r_squared(names):
    design = [numpy.ones(size)]
    for name in names:
        design += [(numpy.array(groups[name]) == level).astype(float) for level in sorted(set(groups[name]))]
    design = numpy.array(design).T
    y = numpy.array(target)
    fitted = design @ numpy.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - ((y - fitted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


names = list(groups)
shapley = {name: 0.0 for name in names}
for ordering in itertools.permutations(names):
    for place, name in enumerate(ordering):
        gain = r_squared(ordering[: place + 1]) - r_squared(ordering[:place])
        shapley[name] += gain / math.factorial(len(names))
variance = {
    "groups": groups,
    "target": target,
    "alone": {name: r_squared([name]) for name in names},
    "together": r_squared(names),
    "shapley": shapley,
}

# Silhouettes: three clouds of points, cut in two, three and four.
centres = numpy.array([[0, 0], [6, 0], [0, 7]])
points = numpy.concatenate([random.normal(centre, 1.0, size=(20, 2)) for centre in centres])
points = [rounded(point) for point in points]
silhouettes = []
for clusters in (2, 3, 4):
    model = sklearn.cluster.KMeans(clusters, n_init=20, random_state=0).fit(points)
    silhouettes.append(
        {
            "clusters": clusters,
            "labels": model.labels_.tolist(),
            "silhouette": float(sklearn.metrics.silhouette_score(points, model.labels_)),
            "centres": sorted(model.cluster_centers_.tolist()),
        }
    )

print(
    json.dumps(
        {
            "correlations": correlations,
            "principalAxes": axes,
            "variance": variance,
            "clusters": {"points": points, "cuts": silhouettes},
        },
        indent=1,
    )
)
