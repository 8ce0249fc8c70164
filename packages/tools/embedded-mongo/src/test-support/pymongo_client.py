"""What the original platform's Python code did with pymongo, put to the server of the given connection string.

Every step checks its answer; the last line says how many did.
"""

import sys

import pymongo

checked = 0


def check(found, expected):
    global checked
    assert found == expected, f"{found!r} instead of {expected!r}"
    checked += 1


client = pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=5000)
db = client["ecobalyse"]
impacts = db["impacts"]

check(client.admin.command("ping")["ok"], 1.0)
documents = [
    {
        "md5_id": f"md5-{i}",
        "product_id": "jean" if i % 2 else "chemise",
        "inputs": {"countryFabric": {"code": "FR" if i % 3 else "CN"}, "mass": i / 10},
        "impacts": {"ecs": float(i), "pef": i * 2, "cch": None},
    }
    for i in range(20)
]
check(len(impacts.insert_many(documents).inserted_ids), 20)
check(impacts.create_index([("md5_id", pymongo.ASCENDING)], unique=True), "md5_id_1")
check(
    impacts.index_information(),
    {
        "_id_": {"v": 2, "key": [("_id", 1)]},
        "md5_id_1": {"v": 2, "key": [("md5_id", 1)], "unique": True},
    },
)
found = list(impacts.find({"product_id": "jean"}, {"_id": 0}).limit(3))
check([document["md5_id"] for document in found], ["md5-1", "md5-3", "md5-5"])
check("_id" in found[0], False)
check(found[0], {key: value for key, value in documents[1].items() if key != "_id"})
filtered = impacts.find({"product_id": "jean", "inputs.countryFabric.code": "CN"}, {"md5_id": 1, "_id": 0})
check(list(filtered), [{"md5_id": "md5-3"}, {"md5_id": "md5-9"}, {"md5_id": "md5-15"}])
averages = impacts.aggregate(
    [
        {"$match": {"product_id": "jean"}},
        {
            "$project": {
                "_id": 0,
                "inputs": 1,
                "average_impacts": {"$avg": ["$impacts.ecs", "$impacts.pef", "$impacts.cch"]},
            }
        },
        {"$sort": {"average_impacts": -1}},
        {"$limit": 2},
    ]
)
check([row["average_impacts"] for row in averages], [28.5, 25.5])
check(impacts.count_documents({"product_id": "chemise"}), 10)
check(impacts.count_documents({}), 20)
check(impacts.estimated_document_count(), 20)
check(sorted(impacts.distinct("product_id")), ["chemise", "jean"])
check(impacts.update_one({"md5_id": "md5-0"}, {"$set": {"inputs.mass": 9.5}}).modified_count, 1)
check(impacts.find_one({"md5_id": "md5-0"})["inputs"]["mass"], 9.5)
check(impacts.delete_one({"md5_id": "md5-0"}).deleted_count, 1)
check(impacts.delete_one({"md5_id": "md5-0"}).deleted_count, 0)
check(impacts.find_one({"md5_id": "md5-0"}), None)
try:
    impacts.insert_one({"md5_id": "md5-1"})
    check("accepted", "refused")
except pymongo.errors.DuplicateKeyError as error:
    check(error.details["keyValue"], {"md5_id": "md5-1"})
operations = [
    pymongo.UpdateOne({"md5_id": f"new-{i}"}, {"$set": {"n": i}}, upsert=True) for i in range(5)
]
check(impacts.bulk_write(operations, ordered=False).upserted_count, 5)
check(impacts.find_one_and_update({"n": 3}, {"$inc": {"n": 1}}, return_document=True)["n"], 4)
check([row["md5_id"] for row in impacts.find().sort("md5_id", -1).limit(1)], ["new-4"])
check(db.list_collection_names(), ["impacts"])
with client.start_session() as session:
    check(impacts.find_one({"md5_id": "md5-2"}, session=session)["product_id"], "chemise")
check(len(list(impacts.find().batch_size(2))), 24)
impacts.drop()
check(db.list_collection_names(), [])
print(f"{checked} checks passed with pymongo {pymongo.version}")
