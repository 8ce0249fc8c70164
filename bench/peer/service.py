"""What the benchmark compares the API with: GET /product/{id} of the Python platform, written in the usual way.

FastAPI on uvicorn, redis-py and pymongo, one process. PEER_CACHE=off answers every request from the database.
"""

import json
import os
from typing import Optional

import redis
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import APIKeyHeader
from pymongo import MongoClient

LIFE_SECONDS = 3600

app = FastAPI()
key_header = APIKeyHeader(name="access_token", auto_error=False)
impacts = MongoClient(os.environ["MONGODB_URI"])[os.environ["DB_NAME"]]["impacts"]
cache = redis.Redis.from_url(os.environ["REDIS_URL"]) if os.environ.get("PEER_CACHE") != "off" else None


def check_key(key: Optional[str] = Depends(key_header)) -> None:
    if key != os.environ["API_KEY"]:
        raise HTTPException(403, "Could not validate credentials")


def find(product_id: str, nb_doc: int) -> list:
    found = impacts.find({"product_id": product_id}, {"_id": 0, "_platform": 0}).sort("md5_id", 1).limit(nb_doc)
    documents = list(found)
    if not documents:
        raise HTTPException(404, "Document not found")
    return documents


@app.get("/product/{product_id}", dependencies=[Depends(check_key)])
def product(product_id: str, nb_doc: int = Query(5, ge=1, le=1000)):
    name = f"peer:{product_id}:{nb_doc}"
    kept = cache.get(name) if cache else None
    if kept:
        return json.loads(kept)
    documents = find(product_id, nb_doc)
    if cache:
        cache.set(name, json.dumps(documents), ex=LIFE_SECONDS)
    return documents


@app.get("/bytes/{product_id}", dependencies=[Depends(check_key)])
def product_bytes(product_id: str, nb_doc: int = Query(5, ge=1, le=1000)):
    """The same tuned as far as it goes: the kept bytes are sent as they are, and FastAPI converts nothing."""
    name = f"peer-bytes:{product_id}:{nb_doc}"
    body = cache.get(name) if cache else None
    if body is None:
        body = json.dumps(find(product_id, nb_doc), separators=(",", ":")).encode()
        if cache:
            cache.set(name, body, ex=LIFE_SECONDS)
    return Response(body, media_type="application/json")
