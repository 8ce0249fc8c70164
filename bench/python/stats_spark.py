"""The five statistics of the contract in PySpark, as the Python platform computed them, over one Parquet file.

    python stats_spark.py garments.parquet results-folder impact_type...

Writes one Parquet folder for each statistic and prints a line of JSON: seconds of start, of a first run, and of a second one.
"""

import json
import sys
import time

started = time.perf_counter()

from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

source, target, *impact_types = sys.argv[1:]

spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.driver.memory", "4g")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
session_seconds = time.perf_counter() - started


def quartiles(column):
    return F.percentile_approx(column, [0.25, 0.5, 0.75])


def countries(garments):
    fabric = garments.groupBy("product_id", F.col("country_fabric_name").alias("country_name")).agg(
        F.count("*").alias("countryFabric_count")
    )
    making = garments.groupBy("product_id", F.col("country_making_name").alias("country_name")).agg(
        F.count("*").alias("countryMaking_count")
    )
    totals = garments.groupBy("product_id").agg(F.count("*").alias("count"))
    return (
        fabric.join(making, ["product_id", "country_name"], "full_outer")
        .join(totals, "product_id")
        .fillna(0, ["countryFabric_count", "countryMaking_count"])
    )


def days_of_wear(garments):
    return (
        garments.groupBy("product_id")
        .agg(
            quartiles("days_of_wear").alias("q"),
            F.min("days_of_wear").alias("min"),
            F.max("days_of_wear").alias("max"),
            F.mean("days_of_wear").alias("moyenne"),
        )
        .select(
            "product_id",
            F.col("q")[0].alias("Q1"),
            F.col("q")[1].alias("mediane"),
            F.col("q")[2].alias("Q3"),
            "min",
            "max",
            "moyenne",
        )
    )


def impacts(garments):
    parts = []
    for impact_type in impact_types:
        part = garments.groupBy("product_id").agg(
            quartiles(impact_type).alias("q"),
            F.mean(impact_type).alias("mean"),
            F.min(impact_type).alias("min"),
            F.max(impact_type).alias("max"),
        )
        first, third = F.col("q")[0], F.col("q")[2]
        parts.append(
            part.select(
                "product_id",
                F.lit(impact_type).alias("impact_type"),
                first.alias("Q1"),
                F.col("q")[1].alias("median"),
                third.alias("Q3"),
                "mean",
                "min",
                "max",
                (first - 1.5 * (third - first)).alias("seuil_min"),
                (third + 1.5 * (third - first)).alias("seuil_max"),
            )
        )
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.union(part)
    return whole


def outliers(garments, bounds):
    parts = []
    for impact_type in impact_types:
        of_type = bounds.where((F.col("impact_type") == impact_type) & (F.col("min") < F.col("max")))
        parts.append(
            garments.join(of_type, "product_id")
            .where((F.col(impact_type) <= F.col("seuil_min")) | (F.col(impact_type) >= F.col("seuil_max")))
            .select("product_id", "md5_id", "impact_type")
        )
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.union(part)
    return whole


def ranking(garments):
    def first(order, count, name):
        return garments.orderBy(*order).limit(count).select(F.lit(name).alias("ranking"), "md5_id")

    return first([F.desc("ecs"), "md5_id"], 10, "highest_impact").union(
        first([F.asc("ecs"), "md5_id"], 20, "lowest_impact")
    )


def run():
    began = time.perf_counter()
    garments = spark.read.parquet(source).cache()
    impacts(garments).write.mode("overwrite").parquet(f"{target}/impacts")
    countries(garments).write.mode("overwrite").parquet(f"{target}/countries")
    days_of_wear(garments).write.mode("overwrite").parquet(f"{target}/days_of_wear")
    bounds = spark.read.parquet(f"{target}/impacts")
    outliers(garments, bounds).write.mode("overwrite").parquet(f"{target}/outliers")
    ranking(garments).write.mode("overwrite").parquet(f"{target}/ranking")
    garments.unpersist()
    return time.perf_counter() - began


print(json.dumps({"session": session_seconds, "first": run(), "second": run()}))
