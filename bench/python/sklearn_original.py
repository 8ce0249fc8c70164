"""The original platform's model on a given split, to compare with: metrics as JSON.

Usage: sklearn_original.py DATASET.csv TEST_ROWS.json
Needs scikit-learn and pandas (Debian: python3-sklearn, python3-pandas).
"""

import json
import sys
import time

import pandas
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, mean_squared_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler

COLUMNS = (
    "ImpactScore ProductId MaterialId_1 MaterialId_2 MaterialId_1_share MaterialId_2_share "
    "CountryDyeingCode CountryFabricCode CountryMakingCode FabricProcess Mass AirTransportRatio"
).split()
NUMBERS = ["MaterialId_1_share", "MaterialId_2_share", "Mass", "AirTransportRatio"]
CATEGORIES = [name for name in COLUMNS[1:] if name not in NUMBERS]

dataset, test_rows = sys.argv[1:3]
data = pandas.read_csv(dataset, header=None, names=COLUMNS)
with open(test_rows, encoding="utf-8") as file:
    in_test = data.index.isin(json.load(file))

pipeline = make_pipeline(
    ColumnTransformer(
        [
            (
                "categories",
                OneHotEncoder(min_frequency=0.05, max_categories=10, handle_unknown="infrequent_if_exist"),
                CATEGORIES,
            ),
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), RobustScaler()), NUMBERS),
        ]
    ),
    RandomForestRegressor(random_state=42),
)
start = time.perf_counter()
pipeline.fit(data.loc[~in_test, COLUMNS[1:]], data.loc[~in_test, "ImpactScore"])
seconds = time.perf_counter() - start
actual = data.loc[in_test, "ImpactScore"]
predicted = pipeline.predict(data.loc[in_test, COLUMNS[1:]])
print(
    json.dumps(
        {
            "metrics": {
                "r2": r2_score(actual, predicted),
                "rmse": mean_squared_error(actual, predicted) ** 0.5,
                "mae": mean_absolute_error(actual, predicted),
                "mape": 100 * mean_absolute_percentage_error(actual, predicted),
                "bias": 100 * (predicted.mean() / actual.mean() - 1),
            },
            "seconds": seconds,
        }
    )
)
