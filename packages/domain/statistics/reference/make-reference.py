"""Recomputes the statistics of catalogues by other means; the tests compare with what it writes.

    python3 -m venv venv && venv/bin/pip install numpy scipy pandas scikit-learn SALib
    venv/bin/python make-reference.py > values.json
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from SALib.analyze import sobol
from SALib.test_functions import Ishigami
from scipy import stats
from sklearn.metrics import adjusted_rand_score

draw = np.random.default_rng(20261201)


def stratum(values):
    x = np.asarray(values, float)
    n = len(x)
    mean_low = mean_high = deviation = None
    if n > 1:
        deviation = float(np.std(x, ddof=1))
        if deviation > 0:
            mean_low, mean_high = map(float, stats.t.interval(0.95, n - 1, x.mean(), stats.sem(x)))
        else:
            mean_low = mean_high = float(x[0])
    interval = stats.quantile_test(x, q=0, p=0.5).confidence_interval(0.95)
    ends = [None if np.isnan(end) else float(end) for end in interval]
    if None in ends:
        ends = [None, None]
    q = lambda share: float(np.quantile(x, share))
    return dict(
        count=n, mean=float(x.mean()), mean_low=mean_low, mean_high=mean_high, deviation=deviation, median=q(0.5),
        median_low=ends[0], median_high=ends[1], q1=q(0.25), q3=q(0.75), p5=q(0.05), p95=q(0.95),
        min=float(x.min()), max=float(x.max()), constant=bool(x.min() == x.max()),
    )


def samples():
    yield [7.25]
    yield [1, 4]
    for n in (5, 6, 7, 9, 40, 101, 1000):
        yield np.round(draw.lognormal(7, 0.6, n), 3).tolist()
    yield np.round(draw.integers(1, 5, 60) * 10.0, 3).tolist()
    yield [12.5] * 8


def change(one):
    points, percent = one.to - one["from"], 100 * (one.to - one["from"]) / one["from"]
    describe = lambda x: dict(median=float(x.median()), p5=float(x.quantile(0.05)), p95=float(x.quantile(0.95)), mean=float(x.mean()))
    return dict(count=len(one), points=describe(points), percent=describe(percent), cheaper=float((points < 0).mean()))


def grid():
    """Garments of a little grid: kind by country, as a table of costs; some cells are empty."""
    rows = []
    for product in ("tshirt", "jean"):
        for mass in (0.1, 0.2, 0.3, 0.4):
            for material in ("ei-coton", "ei-pet"):
                for country in ("FR", "CN", "BD", "TR"):
                    if draw.random() < 0.15:
                        continue
                    rows.append(dict(product=product, mass=mass, material=material, country=country, cost=round(float(draw.lognormal(7, 0.5)), 3)))
    return rows


def effects(rows, reference):
    table = pd.DataFrame(rows)
    base = table[table.country == reference].rename(columns={"cost": "from"}).drop(columns="country")
    pairs = table[table.country != reference].rename(columns={"cost": "to"}).merge(base, on=["product", "mass", "material"])
    found = {"": {level: change(some) for level, some in pairs.groupby("country")}}
    for product, own in pairs.groupby("product"):
        found[product] = {level: change(some) for level, some in own.groupby("country")}
    return found


def sobol_case(n=96):
    problem = dict(num_vars=3, names=["x1", "x2", "x3"], bounds=[[-np.pi, np.pi]] * 3)
    a, b = draw.random((n, 3)), draw.random((n, 3))
    answer = lambda places: Ishigami.evaluate(-np.pi + 2 * np.pi * places)

    def swapped(one, other, column):
        place = one.copy()
        place[:, column] = other[:, column]
        return place

    of = dict(a=answer(a), b=answer(b), ab=[answer(swapped(a, b, i)) for i in range(3)], ba=[answer(swapped(b, a, i)) for i in range(3)])
    y = np.empty(n * 8)
    y[0::8], y[7::8] = of["a"], of["b"]
    for i in range(3):
        y[1 + i :: 8], y[4 + i :: 8] = of["ab"][i], of["ba"][i]
    found = sobol.analyze(problem, y, calc_second_order=True, num_resamples=2, seed=1)
    return dict(
        answers=dict(a=of["a"].tolist(), b=of["b"].tolist(), ab=[x.tolist() for x in of["ab"]], ba=[x.tolist() for x in of["ba"]]),
        mean=float(y.mean()), deviation=float(y.std()), first=found["S1"].tolist(), total=found["ST"].tolist(),
        second={f"{i} {j}": float(found["S2"][i, j]) for i in range(3) for j in range(i + 1, 3)},
    )


def outliers():
    costs = np.round(np.concatenate([draw.lognormal(7, 0.25, 40), [9000.0, 60.0]]), 3)
    logs = np.log(costs)
    q1, q3 = np.quantile(logs, [0.25, 0.75])
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    return dict(costs=costs.tolist(), low=float(np.exp(low)), high=float(np.exp(high)), median=float(np.median(costs)),
                outside=np.flatnonzero((logs < low) | (logs > high)).tolist())


def standing():
    own, there = np.round(draw.lognormal(6, 0.4, 9), 1), np.round(draw.lognormal(6.1, 0.5, 57), 1)
    own[3] = there[5]
    return dict(
        own=own.tolist(), there=there.tolist(), median=float(np.median(there)),
        percentiles=[float(stats.percentileofscore(there, x, kind="mean")) for x in own],
        ratios=(own / np.median(there)).tolist(), cheaper=float((own < np.median(there)).mean()),
    )


def labels():
    for sizes in ((40, 2, 2), (60, 3, 4), (25, 5, 2)):
        one, other = draw.integers(0, sizes[1], sizes[0]), draw.integers(0, sizes[2], sizes[0])
        mixed = np.where(draw.random(sizes[0]) < 0.7, one, other)
        yield dict(one=one.tolist(), other=mixed.tolist(), index=float(adjusted_rand_score(one, mixed)))


rows = grid()
json.dump(
    dict(
        made_with={name: version(name) for name in ("numpy", "scipy", "pandas", "scikit-learn", "SALib")},
        strata=[dict(values=values, stratum=stratum(values)) for values in samples()],
        student={str(n): float(stats.t.ppf(0.975, n)) for n in (1, 2, 3, 4, 5, 8, 13, 30, 99, 100, 1000, 7105)},
        median_ranks={str(n): int(stats.binom.ppf(0.025, n, 0.5)) - 1 for n in (1, 5, 6, 8, 9, 10, 25, 100, 1001, 7106)},
        effects=dict(rows=rows, FR=effects(rows, "FR"), CN=effects(rows, "CN")),
        sobol=sobol_case(),
        outliers=outliers(),
        standing=standing(),
        adjusted_rand=list(labels()),
    ),
    sys.stdout,
    indent=1,
)
