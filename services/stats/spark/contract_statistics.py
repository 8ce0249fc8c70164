"""The five statistics of the contract on a Spark cluster, over the Parquet files that the statistics keep.

    spark-submit --master … contract_statistics.py task.json

`task.json` names `rows` (Parquet files of rows), `present` (a Parquet file with the identity and the mark of each document
that counts once), `impacts` (the types, in their order) and `results`, a folder. Each statistic becomes a folder of Parquet
files there, with the columns of the tables that DuckDB makes; the last line of the output is the number of documents.
"""

import json
import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

HIGHEST, LOWEST = 10, 20


def quantile(share):
    """The smallest value whose rank is at least ceil(share * n): an element of the data, as in DuckDB's quantile_disc."""
    return F.max(F.when(F.col("rank") == F.ceil(F.lit(share) * F.col("n")), F.col("value")))


def described(values, *keys):
    """Quartiles, extremes and mean of `value` for each group."""
    group = Window.partitionBy(*keys)
    ranked = values.withColumn("rank", F.row_number().over(group.orderBy("value"))).withColumn(
        "n", F.count("*").over(group)
    )
    return ranked.groupBy(*keys).agg(
        quantile(0.25).alias("Q1"),
        quantile(0.5).alias("median"),
        quantile(0.75).alias("Q3"),
        F.mean("value").alias("mean"),
        F.min("value").alias("min"),
        F.max("value").alias("max"),
    )


def countries(garments):
    def counted(column, name):
        known = garments.where(F.col(column).isNotNull())
        return known.groupBy("product_id", F.col(column).alias("country_name")).agg(F.count("*").alias(name))

    totals = garments.groupBy("product_id").agg(F.count("*").alias("count"))
    return (
        counted("country_fabric_name", "countryFabric_count")
        .join(counted("country_making_name", "countryMaking_count"), ["product_id", "country_name"], "full_outer")
        .fillna(0, ["countryFabric_count", "countryMaking_count"])
        .join(totals, "product_id")
        .select("product_id", "country_name", "countryFabric_count", "countryMaking_count", "count")
    )


def days_of_wear(garments):
    values = garments.select("product_id", F.col("days_of_wear").alias("value")).where("value IS NOT NULL")
    return described(values, "product_id").select(
        "product_id",
        "Q1",
        F.col("median").alias("mediane"),
        "Q3",
        "min",
        "max",
        F.col("mean").alias("moyenne"),
    )


def impact_values(garments, types):
    """A row for each document and impact that it covers."""
    parts = ", ".join(f"{order}, '{name}', {name}" for order, name in enumerate(types))
    stacked = f"stack({len(types)}, {parts}) AS (impact_order, impact_type, value)"
    return garments.selectExpr("product_id", "md5_id", stacked).where("value IS NOT NULL")


def impacts(values):
    spread = F.col("Q3") - F.col("Q1")
    return described(values, "product_id", "impact_order", "impact_type").select(
        "product_id",
        "impact_order",
        "impact_type",
        "Q1",
        "median",
        "Q3",
        "mean",
        "min",
        "max",
        (F.col("Q1") - 1.5 * spread).alias("seuil_min"),
        (F.col("Q3") + 1.5 * spread).alias("seuil_max"),
    )


def outliers(values, bounds):
    spread = F.broadcast(bounds.where("min < max").select("product_id", "impact_order", "seuil_min", "seuil_max"))
    return (
        values.join(spread, ["product_id", "impact_order"])
        .where("value <= seuil_min OR value >= seuil_max")
        .select("product_id", "md5_id", "impact_order", "impact_type")
    )


def ranking(garments):
    known = garments.where("ecs IS NOT NULL").select("md5_id", "ecs")

    def first(part, name, cost, count):
        order = [cost, F.col("md5_id")]
        place = F.row_number().over(Window.orderBy(*order))
        return (
            known.orderBy(*order)
            .limit(count)
            .select(F.lit(name).alias("ranking"), F.lit(part).alias("part"), place.alias("place"), "md5_id")
        )

    return first(1, "highest_impact", F.desc("ecs"), HIGHEST).union(first(2, "lowest_impact", F.asc("ecs"), LOWEST))


def main(task):
    spark = SparkSession.builder.appName("ecobalyse statistics").getOrCreate()

    def write(name, table):
        path = f"{task['results']}/{name}"
        table.write.parquet(path)
        print(f"ecobalyse: {name}", flush=True)
        return spark.read.parquet(path)

    present = spark.read.parquet(task["present"]).select(
        F.col("md5_id").alias("id"), F.col("mark").alias("content")
    )
    rows = spark.read.parquet(*task["rows"])
    garments = (
        rows.join(present, (rows.md5_id == present.id) & rows.mark.eqNullSafe(present.content), "left_semi")
        .dropDuplicates(["md5_id"])
        .cache()
    )
    documents = garments.count()
    print(f"ecobalyse: {documents} documents", flush=True)
    values = impact_values(garments, task["impacts"])
    bounds = write("impacts", impacts(values))
    write("outliers", outliers(values, bounds))
    write("countries", countries(garments))
    write("days_of_wear", days_of_wear(garments))
    write("ranking", ranking(garments))
    spark.stop()
    print(json.dumps({"documents": documents}), flush=True)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        main(json.load(file))
