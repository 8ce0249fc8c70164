"""Shapley values by their definition, over every order of the players, in exact fractions: `python3 make-reference.py > values.json`.

The values of coalitions are drawn here; the TypeScript reads both and recomputes (shapley.test.ts). Only the standard library is used.
"""

import json
import random
from fractions import Fraction
from itertools import permutations


def shapley(values, players):
    sums = [Fraction(0)] * players
    orders = list(permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            with_it = coalition | (1 << player)
            sums[player] += Fraction(str(values[with_it])) - Fraction(str(values[coalition]))
            coalition = with_it
    return [float(total / len(orders)) for total in sums]


generator = random.Random(20)
cases = []
for players in (1, 2, 3, 4, 5, 6, 7):
    values = [round(generator.uniform(-300, 12_000), 6) for _ in range(2**players)]
    cases.append({"values": values, "shapley": shapley(values, players)})
print(json.dumps(cases, indent=1))
