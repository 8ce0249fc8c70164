"""Evaluates a model of the Ecobalyse platform: what POST /predict answers, from the same model.json.

MLflow loads it as a python_function. It needs the standard library, and pandas for the frames.
"""

import json
import math
import re

FORMAT = 6
STAGES = ["material", "spinning", "fabric", "ennobling", "making", "distribution", "use", "eol"]
NOT_UPCYCLED = STAGES[:4]
HOME = "FR"
COUNTRIES = ["countrySpinning", "countryFabric", "countryDyeing", "countryMaking"]
KNOWN = ["product", *COUNTRIES, "fabricProcess"]
OPTIONS = ["disabledSteps", "business", "dyeingProcessType", "fading", "makingComplexity", "printing", "upcycled"]
NUMBERS = [
    "airTransportRatio", "makingDeadStock", "makingWaste", "numberOfReferences", "physicalDurability", "price",
    "printingRatio", "surfaceMass", "yarnSize",
]
# Names of the contract's prediction request.
QUERY_FIELDS = {
    "ProductId": "product", "Mass": "mass", "CountrySpinningCode": "countrySpinning",
    "CountryFabricCode": "countryFabric", "CountryDyeingCode": "countryDyeing", "CountryMakingCode": "countryMaking",
    "FabricProcess": "fabricProcess", "AirTransportRatio": "airTransportRatio", "DisabledSteps": "disabledSteps",
    "Business": "business", "MakingComplexity": "makingComplexity", "NumberOfReferences": "numberOfReferences",
    "PhysicalDurability": "physicalDurability", "Price": "price", "SurfaceMass": "surfaceMass",
}
NESTED = ["Materials", "materials", "printing", "trims", "DisabledSteps", "disabledSteps"]


def told_materials(row):
    for name in ("materials", "Materials"):
        if row.get(name):
            return row[name]
    first, second = row.get("MaterialId_1"), row.get("MaterialId_2")
    share1, share2 = row.get("MaterialId_1_share"), row.get("MaterialId_2_share")
    if first and second:
        rest1 = 0.5 if share2 is None else 1 - share2
        rest2 = 0.5 if share1 is None else 1 - share1
        return [
            {"id": first, "share": rest1 if share1 is None else share1},
            {"id": second, "share": rest2 if share2 is None else share2},
        ]
    if first:
        return [{"id": first, "share": 1 if share1 is None else share1}]
    return [{"id": second, "share": 1 if share2 is None else share2}] if second else []


def text(value):
    if value is None or value is False or value == "false":
        return None
    return "true" if value is True else str(value)


def yarn_size(value):
    written = re.match(r"(\d+(?:\.\d+)?)(Dtex)?", "" if value is None else str(value))
    if not written:
        return None
    size = float(written.group(1))
    return 10_000 / size if written.group(2) else size


def in_proportion(materials):
    total = sum(material["share"] for material in materials)
    if not total > 0:
        return None
    return [{**material, "share": material["share"] / total} for material in materials if material["share"] > 0]


def garment_of(row):
    """The garment of a request by either vocabulary; None where nothing is told."""
    query = {**row}
    for name, field in QUERY_FIELDS.items():
        if query.get(field) is None:
            query[field] = row.get(name)
    get = query.get
    printing, trims = get("printing") or {}, get("trims")
    steps = get("disabledSteps")
    fabric = get("countryFabric")
    ratio = printing.get("ratio")
    numbers = {name: get(name) for name in NUMBERS}
    numbers["yarnSize"] = yarn_size(get("yarnSize"))
    numbers["printingRatio"] = (0.2 if ratio is None else ratio) if printing.get("kind") else None
    return {
        "mass": get("mass"),
        "materials": in_proportion(told_materials(row)),
        "known": {field: get(field) for field in KNOWN} | {"countrySpinning": get("countrySpinning") or fabric},
        "options": {
            **{field: text(get(field)) for field in OPTIONS},
            "disabledSteps": "+".join(sorted(set(steps))) if steps else None,
            "printing": printing.get("kind"),
        },
        "numbers": numbers,
        "trims": None
        if trims is None
        else [{"id": str(trim["id"]).lower(), "quantity": trim.get("quantity", 1)} for trim in trims],
    }


def readable(spec, told):
    """What the model has never seen is not told."""
    materials = [
        {
            **material,
            "country": material.get("country") if material.get("country") in spec["known"]["countryMaking"] else None,
            "spinning": material.get("spinning") if material.get("spinning") in spec["spinnings"] else None,
        }
        for material in told["materials"] or []
        if material["id"] in spec["materials"]
    ]
    return {
        **told,
        "materials": in_proportion(materials),
        "known": {field: value if value in spec["known"][field] else None for field, value in told["known"].items()},
        "options": {
            field: value if (value or "") in spec["options"][field] else None
            for field, value in told["options"].items()
        },
        "trims": told["trims"] and [trim for trim in told["trims"] if trim["id"] in spec["trims"]],
    }


def draw_index(weights, number):
    left = number * sum(weights)
    for index, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return index
    return len(weights) - 1


def narrowed(weights, factors):
    """Weights by one more thing that is known, unless nothing would be left."""
    narrow = [weight * factor for weight, factor in zip(weights, factors)]
    return narrow if any(weight > 0 for weight in narrow) else weights


def mass_density(row, mass):
    least, usual, most = row["massKg"]
    if mass < least or mass > most:
        return 0
    if mass < usual:
        return 2 * (mass - least) / ((most - least) * (usual - least))
    return 2 * (most - mass) / ((most - least) * (most - usual))


def drawn_mass(row, share):
    least, usual, most = row["massKg"]
    width = most - least
    if share < (usual - least) / width:
        mass = least + math.sqrt(share * width * (usual - least))
    else:
        mass = most - math.sqrt((1 - share) * width * (most - usual))
    # As JavaScript rounds: half a unit up.
    return min(most, max(least, math.floor(mass * 1e4 + 0.5) / 1e4))


def country_fits(sector, known):
    """How well each country of a stage goes with the stages after it."""
    shares, stay = [country["share"] for country in sector["countries"]], sector["stay"]
    fits, after = [], [1] * len(shares)
    for field in reversed(COUNTRIES):
        told = known[field] if any(country["code"] == known[field] for country in sector["countries"]) else None
        here = [
            fit if told is None or country["code"] == told else 0 for fit, country in zip(after, sector["countries"])
        ]
        fits.insert(0, here)
        anywhere = sum(fit * share for fit, share in zip(here, shares))
        after = [stay * fit + (1 - stay) * anywhere for fit in here]
    return fits


def drawn_countries(sector, fits, numbers):
    stay, before, found = sector["stay"], -1, []
    for here, number in zip(fits, numbers):
        weights = [
            fit * ((1 if before < 0 else 1 - stay) * country["share"] + (stay if rank == before else 0))
            for rank, (fit, country) in enumerate(zip(here, sector["countries"]))
        ]
        before = draw_index(weights, number)
        found.append(sector["countries"][before]["code"])
    return found


def completed(sector, garment):
    """The whole garments that a garment could be, as estimates draw them: see sector.ts."""
    known, mass, materials = garment["known"], garment["mass"], garment["materials"]
    missing = [field for field in KNOWN if known[field] is None]
    if not missing and mass is not None and materials is not None:
        return [garment]
    if len(missing) == len(KNOWN) and mass is None and materials is None:
        raise ValueError("expected at least one field that the model knows")
    rows = sector["rows"]
    by_product = {row["product"]: row for row in rows}

    def mix(fibres):
        return sorted((fibre["id"], fibre["share"]) for fibre in fibres)

    weights = [row["weight"] for row in rows]
    product = known["product"] if known["product"] in by_product else None
    if product is not None:
        weights = narrowed(weights, [row["product"] == product for row in rows])
    if materials is not None:
        weights = narrowed(weights, [mix(row["materials"]) == mix(materials) for row in rows])
    if known["fabricProcess"] is not None:
        weights = narrowed(weights, [row["process"] == known["fabricProcess"] for row in rows])
    if mass is not None:
        weights = narrowed(weights, [mass_density(row, mass) for row in rows])
    fits = country_fits(sector, known)
    whole = []
    for of_row, of_mass, *of_countries in sector["numbers"]:
        row = rows[draw_index(weights, of_row)]
        drawn = dict(zip(COUNTRIES, drawn_countries(sector, fits, of_countries)))
        drawn |= {"product": product or row["product"], "fabricProcess": row["process"]}
        own_mass = drawn_mass(by_product[drawn["product"]], of_mass) if mass is None else mass
        whole.append(
            {
                **garment,
                "known": {field: known[field] or drawn[field] for field in KNOWN},
                "mass": own_mass,
                "materials": materials or row["materials"],
            }
        )
    return whole


def references_index(count):
    if count <= 1000:
        return 1
    if count <= 7000:
        return 0.5 + ((7000 - count) / 6000) * 0.5
    return ((16_000 - count) / 9000) * 0.5 if count <= 16_000 else 0


def durability_of(garment, learnt):
    numbers = garment["numbers"]
    count, price, physical = numbers["numberOfReferences"], numbers["price"], numbers["physicalDurability"]
    references = learnt["references"] if count is None else references_index(count)
    priced = learnt["priced"]
    if price is not None:
        priced = min(1, max(0, (price / learnt["repairCost"] - 1) / (1 / 0.33 - 1)))
    business = garment["options"]["business"] or learnt["business"]
    repair = priced if business == "small-business" else 0.67 * priced
    if business == "large-business-with-services":
        repair += 0.33
    sold = math.floor(100 * (0.67 + 0.5 * (references + repair) * (1.45 - 0.67)) + 0.5) / 100
    return min(1.45 if physical is None else physical, sold)


def factors(garment, durability, synthetic):
    """What the terms are made of: the same as factorsOf of stage-ridge/factors.ts."""
    known, options, numbers = garment["known"], garment["options"], garment["numbers"]
    materials, trims, product = garment["materials"], garment["trims"], known["product"]
    left = set((options["disabledSteps"] or "").split("+"))
    upcycled = options["upcycled"] is not None
    places = {
        "spinning": known["countrySpinning"], "fabric": known["countryFabric"],
        "ennobling": known["countryDyeing"], "making": known["countryMaking"],
    }

    def counts(stage):
        return stage not in left and not (upcycled and stage in NOT_UPCYCLED)

    def after(stage):
        following = next((later for later in STAGES[STAGES.index(stage) + 1 :] if counts(later)), None)
        return following and places.get(following, HOME)

    def when(condition):
        return [("", 1)] if condition else []

    def told(value, weight, otherwise):
        return [(otherwise, 1)] if value is None else [("told", weight)]

    def way(a, b):
        return f"{a} {b}" if a < b else f"{b} {a}"

    def leg(stage):
        own = places[stage]
        return [(way(own, after(stage) or own), 1)] if counts(stage) else []

    process = known["fabricProcess"]
    process = f"of {product}" if process == "(default)" else process
    both = f"{product} {process}"
    waste, stock, surface = numbers["makingWaste"], numbers["makingDeadStock"], numbers["surfaceMass"]
    ratio, yarn, air = numbers["printingRatio"] or 0, numbers["yarnSize"], numbers["airTransportRatio"]
    kind, complexity = options["printing"], options["makingComplexity"]
    no_making = "making" in left
    onward = after("material")
    made = places["making"]
    found = {
        "one": when(True),
        "mass": [("", garment["mass"])],
        "durability": [("", durability)],
        "product": [(product, 1)],
        "materials": [(material["id"], material["share"]) for material in materials],
        "synthetic": when(sum(m["share"] for m in materials if m["id"] in synthetic) >= 0.5 - 1e-9),
        "process": [("none" if "fabric" in left else process, 1)],
        "cutting": [("none", 1)] if no_making else told(waste, 1 / (1 - (waste or 0)), both),
        "stock": [("none", 1)] if no_making else told(stock, 1 / (1 - (stock or 0)), "default"),
        "spun": [("none", 1)]
        if "spinning" in left
        else [(m.get("spinning") or f"of {m['id']}", m["share"]) for m in materials],
        "yarn": told(yarn, (yarn or 0) / 40, f"of {product}"),
        "dyeing": [(options["dyeingProcessType"] or "average", 1)],
        "printing": [] if kind is None else [(kind, 1)],
        "printed": []
        if kind is None
        else [
            (f"{kind} of {product}", ratio) if surface is None else (f"{kind} told", 100 * ratio / surface)
        ],
        "complexity": [(complexity or ("upcycled" if upcycled else both), 1)],
        "fading": when(options["fading"] is not None),
        "trims": [(f"of {product}", 1)] if trims is None else [(trim["id"], trim["quantity"]) for trim in trims],
        "air": told(air, air or 0, f"{made} {'true' if durability >= 1 else 'false'}"),
        "material": when(counts("material")),
        "distribution": when(counts("distribution")),
        "use": when(counts("use")),
        "eol": when(counts("eol")),
        "material leg": [],
        "making leg": [(f"{made} {after('making') or made}", 1)] if counts("making") else [],
    }
    for stage, place in places.items():
        found[stage] = [(place, 1)] if counts(stage) else []
        found[f"{stage} on"] = when(counts(stage))
        if stage != "making":
            found[f"{stage} leg"] = leg(stage)
    if counts("material"):
        for material in materials:
            origin = material.get("country") or f"of {material['id']}"
            found["material leg"].append((origin if onward is None else way(origin, onward), material["share"]))
    return found


def sum_of(found, names, weights):
    if weights is None:
        return 0
    if not names:
        return weights
    return sum(share * sum_of(found, names[1:], weights.get(level)) for level, share in found.get(names[0], []))


def evaluate(node, found):
    """Works a learnt quantity out and puts it among the factors."""

    def number(name):
        return found[name][0][1] if found.get(name) else 0

    difference = node["difference"]
    value = number(difference[0]) - number(difference[1]) if difference else 0
    for at, term in enumerate(node["terms"]):
        part = sum_of(found, term["factors"], node["weights"].get(term["key"]))
        found[f"{node['name']} {at}"] = [("", part)]
        value += part
    if node["isWhole"]:
        value = math.floor(value + 0.5)
    found[node["name"]] = [("", value)]
    return value


def cost_of(garment, parameters):
    economics = parameters["economics"]
    learnt = economics.get(garment["known"]["product"]) or next(iter(economics.values()))
    durability = durability_of(garment, learnt)
    found = factors(garment, durability, set(parameters["synthetic"]))
    return sum(evaluate(node, found) * node["isCost"] for node in parameters["nodes"]) / durability


def width_of(garment, conformal):
    """Half-width of the interval as a share of the prediction: the same as openWidths of conformal.ts."""
    told = [
        *(name for name, value in garment["options"].items() if value is not None and name != "disabledSteps"),
        *(garment["options"]["disabledSteps"] or "").split("+"),
        *(name for name, value in garment["numbers"].items() if value is not None),
        *([] if garment["trims"] is None else ["trims"]),
        *(["origin"] if any(material.get("country") for material in garment["materials"]) else []),
        *(["spinning technique"] if any(material.get("spinning") for material in garment["materials"]) else []),
        *("---" for field in COUNTRIES if garment["known"][field] == "---"),
    ]
    found = {
        "one": [("", 1)],
        "product": [(garment["known"]["product"], 1)],
        "process": [(garment["known"]["fabricProcess"], 1)],
        "told": [(name, 1) for name in told if name],
        "size": [(str(math.floor(2 * math.log10(garment["mass"]))), 1)],
    }
    return conformal["multiple"] * math.exp(evaluate(conformal["logError"], found))


def beyond(spec, told):
    """How many numbers lie outside of what was trained on."""
    masses = spec["massKgByProduct"].get(told["known"]["product"]) or spec["massKg"]
    ranges = [(told["mass"], masses), *((told["numbers"][name], spec["numbers"][name]) for name in NUMBERS)]
    return sum(
        value is not None and (span is None or not span["min"] <= value <= span["max"]) for value, span in ranges
    )


def quantile(values, share):
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


class EcobalyseModel:
    """A model; `predict` takes a frame with the fields of POST /predict as columns."""

    def __init__(self, bundle):
        if bundle["format"] != FORMAT or bundle["family"] != "stage-ridge":
            raise ValueError(f"expected format {FORMAT} of the family stage-ridge, received {bundle['family']}")
        self.bundle = bundle

    def predict_one(self, row):
        bundle = self.bundle
        spec, conformal = bundle["spec"], bundle["conformal"]
        told = garment_of(row)
        whole = completed(bundle["sector"], readable(spec, told))
        costs = [max(0.01, cost_of(garment, bundle["parameters"])) for garment in whole]
        wider = 3 ** beyond(spec, told)
        widths = [width_of(garment, conformal) * wider for garment in whole]
        prediction, tail = sum(costs) / len(costs), (1 - conformal["level"]) / 2
        low = quantile([cost * (1 - width) for cost, width in zip(costs, widths)], tail)
        high = quantile([cost * (1 + width) for cost, width in zip(costs, widths)], 1 - tail)
        return {"prediction_impact": prediction, "low": max(0, min(prediction, low)), "high": max(prediction, high)}

    def predict(self, frame, params=None):
        import pandas

        def plain(value):
            if isinstance(value, (list, dict)):
                return value
            if pandas.isna(value) or value == "":
                return None
            return value.item() if hasattr(value, "item") else value

        rows = []
        for record in frame.to_dict(orient="records"):
            row = {name: plain(value) for name, value in record.items()}
            for name in NESTED:
                if isinstance(row.get(name), str):
                    row[name] = json.loads(row[name])
            rows.append(self.predict_one(row))
        return pandas.DataFrame(rows, columns=["prediction_impact", "low", "high"], index=frame.index)


def _load_pyfunc(path):
    with open(path, encoding="utf-8") as file:
        return EcobalyseModel(json.load(file))
