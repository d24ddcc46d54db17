"""What people do today with a snapshot: stream it through orjson, read it in pieces with pandas, give it to PySpark.

Each function computes what `bench_bulk.py` measures of ours and writes it to a folder: `edges` as `citing` and `cited`,
carves as works with an `id`, `rank` as `number` and `pagerank`. Each is written as fast as that tool lets it be in few
lines: lines without the letters that are looked for are not parsed, columns are named, work is done in pieces.
"""

import gzip
import json
import re
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from harvester.bulk.snapshot import Part, find

__all__ = ["PEERS"]

DAMPING, TOLERANCE = 0.85, 1e-10
PIECE = 10_000


def number(identity: str) -> int:
    return int(identity[22:])


def rebuilt(index: dict[str, list[int]] | None) -> str:
    placed = sorted((place, word) for word, places in (index or {}).items() for place in places)
    return " ".join(word for _, word in placed)


def holds(phrase: str, title: str | None, index: dict[str, list[int]] | None) -> bool:
    pattern = re.compile(rf"\b{phrase}\b")
    return bool(pattern.search((title or "").lower()) or pattern.search(rebuilt(index).lower()))


# -- Python with orjson ----------------------------------------------------------------------------------


def lines(folder: Path) -> Iterator[bytes]:
    for part in find(str(folder)).parts:
        with gzip.open(part.path, "rb") as stream:
            yield from stream


def orjson_edges(folder: Path, out: Path) -> None:
    import orjson

    schema = pa.schema([("citing", pa.int64()), ("cited", pa.int64())])
    citing, cited = array("q"), array("q")
    with parquet.ParquetWriter(out / "edges.parquet", schema) as writer:
        for line in lines(folder):
            item = orjson.loads(line)
            found = [int(each[22:]) for each in item["referenced_works"]]
            citing.extend([int(item["id"][22:])] * len(found))
            cited.extend(found)
            if len(citing) > 1_000_000:
                writer.write_table(pa.table({"citing": citing, "cited": cited}))
                citing, cited = array("q"), array("q")
        writer.write_table(pa.table({"citing": citing, "cited": cited}))


def orjson_carve(folder: Path, out: Path, phrase: str) -> None:
    import orjson

    word = phrase.split()[-1].encode()
    with (out / "works.jsonl").open("wb") as file:
        for line in lines(folder):
            if word in line:
                item = orjson.loads(line)
                if holds(phrase, item["title"], item["abstract_inverted_index"]):
                    file.write(line)


def orjson_hop(folder: Path, out: Path, phrase: str) -> None:
    """Reads twice: what the matches cite is known after the first time, and what cites them is seen in the second."""
    import orjson

    orjson_carve(folder, out, phrase)
    matches = [orjson.loads(line) for line in (out / "works.jsonl").open("rb")]
    seeds = {item["id"] for item in matches}
    cited = {each for item in matches for each in item["referenced_works"]}
    with (out / "works.jsonl").open("wb") as file:
        for line in lines(folder):
            item = orjson.loads(line)
            if item["id"] in seeds or item["id"] in cited or not seeds.isdisjoint(item["referenced_works"]):
                file.write(line)


def orjson_rank(folder: Path, out: Path) -> None:
    """Citations are collected in arrays, and PageRank is iterated in numpy: all of it in memory."""
    import orjson

    ids, citing, cited = array("q"), array("q"), array("q")
    for line in lines(folder):
        item = orjson.loads(line)
        found = [int(each[22:]) for each in item["referenced_works"]]
        ids.append(int(item["id"][22:]))
        citing.extend([ids[-1]] * len(found))
        cited.extend(found)
    nodes, sources, targets = (np.frombuffer(each, np.int64) for each in (ids, citing, cited))
    nodes = np.unique(nodes)
    held = np.isin(targets, nodes) & (sources != targets)
    size = len(nodes)
    pairs = np.unique(np.searchsorted(nodes, sources[held]) * size + np.searchsorted(nodes, targets[held]))
    start, end = pairs // size, pairs % size
    degree = np.bincount(start, minlength=size)
    value = np.full(size, 1 / size)
    change = 1.0
    while change >= TOLERANCE:
        share = np.divide(value, degree, out=np.zeros(size), where=degree > 0)
        got = np.bincount(end, weights=share[start], minlength=size)
        following = (1 - DAMPING + DAMPING * value[degree == 0].sum()) / size + DAMPING * got
        change = float(np.abs(following - value).sum())
        value = following
    parquet.write_table(pa.table({"number": nodes, "pagerank": value}), out / "rank.parquet")


# -- pandas ----------------------------------------------------------------------------------------------


def frames(folder: Path, columns: list[str]) -> Iterator[Any]:
    """Pieces of the snapshot; pandas cannot leave columns of JSON unread."""
    import pandas as pd

    for part in find(str(folder)).parts:
        if part.format == "parquet":
            for piece in parquet.ParquetFile(part.path).iter_batches(PIECE, columns=columns):
                yield piece.to_pandas()
        else:
            for piece in pd.read_json(part.path, lines=True, chunksize=PIECE, dtype=False, convert_dates=False):
                yield piece[columns]


def pandas_edges(folder: Path, out: Path) -> None:
    for place, frame in enumerate(frames(folder, ["id", "referenced_works"])):
        pairs = frame.explode("referenced_works").dropna()
        pairs = pairs.apply(lambda column: column.str.slice(22).astype("int64"))
        pairs.set_axis(["citing", "cited"], axis=1).to_parquet(out / f"edges-{place}.parquet", index=False)


def pandas_matches(folder: Path, phrase: str) -> Iterator[Any]:
    first, last = phrase.split()
    for frame in frames(folder, ["id", "title", "referenced_works", "abstract_inverted_index"]):
        index, title = frame.abstract_inverted_index, frame.title.str.lower().fillna("")
        if index.map(lambda each: isinstance(each, str)).any():  # Parquet has JSON here, and lines have objects
            likely = (index.str.contains(first, regex=False) & index.str.contains(last, regex=False)).fillna(False)
        else:
            likely = index.map(lambda each: isinstance(each, dict) and first in each and last in each)
        rows = frame[likely.astype(bool) | title.str.contains(phrase, regex=False)]
        told = (json.loads(each) if isinstance(each, str) else each for each in rows.abstract_inverted_index)
        texts = (each if isinstance(each, dict) else None for each in told)
        yield rows[np.array([holds(phrase, *each) for each in zip(rows.title, texts, strict=True)], bool)]


def pandas_carve(folder: Path, out: Path, phrase: str) -> None:
    import pandas as pd

    found = pd.concat(pandas_matches(folder, phrase))
    found[["id", "title"]].to_parquet(out / "works.parquet")


def pandas_hop(folder: Path, out: Path, phrase: str) -> None:
    import pandas as pd

    matches = pd.concat(pandas_matches(folder, phrase))
    seeds = set(matches.id)
    around = seeds | {each for listed in matches.referenced_works for each in listed}
    kept = []
    for frame in frames(folder, ["id", "title", "referenced_works"]):
        citing = frame.referenced_works.map(lambda listed: not seeds.isdisjoint(listed))
        kept.append(frame[citing | frame.id.isin(around)][["id", "title"]])
    pd.concat(kept).to_parquet(out / "works.parquet")


# -- PySpark, on this machine ----------------------------------------------------------------------------


def spark_session(out: Path) -> Any:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "4g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.local.dir", str(out))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    session.sparkContext.setCheckpointDir(str(out / "checkpoints"))
    return session


def spark_frame(session: Any, folder: Path, schema: str) -> Any:
    parts: tuple[Part, ...] = find(str(folder)).parts
    paths = [part.path for part in parts]
    if parts[0].format == "parquet":
        return session.read.parquet(*paths).select(*(each.split()[0] for each in schema.split(", ")))
    return session.read.schema(schema).json(paths)


def spark_edges(folder: Path, out: Path) -> None:
    spark_citations(spark_session(out), folder).write.parquet(str(out / "edges"))


def spark_citations(session: Any, folder: Path) -> Any:
    from pyspark.sql import functions as f

    frame = spark_frame(session, folder, "id string, referenced_works array<string>")
    pairs = frame.select("id", f.explode("referenced_works").alias("target"))
    return pairs.select(
        f.substring("id", 23, 20).cast("long").alias("citing"),
        f.substring("target", 23, 20).cast("long").alias("cited"),
    )


def spark_matches(session: Any, folder: Path, phrase: str) -> Any:
    """Works whose index holds all the words, and whose text then holds the phrase."""
    from pyspark.sql import functions as f

    schema = "id string, title string, referenced_works array<string>, abstract_inverted_index string"
    frame = spark_frame(session, folder, schema)
    index, title = f.lower("abstract_inverted_index"), f.lower("title")
    for word in phrase.split():
        frame = frame.where(index.contains(word) | title.contains(word))
    places = f.from_json("abstract_inverted_index", "map<string,array<int>>")
    pairs = f.flatten(
        f.transform(
            f.map_entries(places),
            lambda entry: f.transform(entry["value"], lambda place: f.struct(place, entry["key"])),
        )
    )
    text = f.array_join(f.transform(f.array_sort(pairs), lambda pair: pair["key"]), " ")
    pattern = rf"\b{phrase}\b"
    return frame.where(title.rlike(pattern) | f.lower(text).rlike(pattern))


def spark_carve(folder: Path, out: Path, phrase: str) -> None:
    spark_matches(spark_session(out), folder, phrase).select("id", "title").write.parquet(str(out / "works"))


def spark_hop(folder: Path, out: Path, phrase: str) -> None:
    from pyspark.sql import functions as f

    session = spark_session(out)
    matches = spark_matches(session, folder, phrase).select("id", "referenced_works").collect()
    seeds = {row.id for row in matches}
    around = seeds | {each for row in matches for each in row.referenced_works}
    known = f.broadcast(session.createDataFrame([(each,) for each in around], "id string"))
    frame = spark_frame(session, folder, "id string, title string, referenced_works array<string>")
    sought = f.array(*map(f.lit, sorted(seeds)))
    citing = frame.where(f.arrays_overlap("referenced_works", sought))
    citing.union(frame.join(known, "id", "left_semi").select(citing.columns)).dropDuplicates(["id"]).select(
        "id", "title"
    ).write.parquet(str(out / "works"))


def spark_rank(folder: Path, out: Path) -> None:
    from pyspark.sql import functions as f

    session = spark_session(out)
    frame = spark_frame(session, folder, "id string")
    nodes = frame.select(f.substring("id", 23, 20).cast("long").alias("number")).distinct().cache()
    size = nodes.count()
    links = spark_citations(session, folder).distinct().where("citing != cited")
    links = links.join(nodes.withColumnRenamed("number", "cited"), "cited", "left_semi").cache()
    degree = links.groupBy("citing").count().withColumnRenamed("citing", "number")
    rank = nodes.join(degree, "number", "left").withColumn("value", f.lit(1 / size))
    change = 1.0
    while change >= TOLERANCE:
        shared = rank.where("count is not null").select(
            f.col("number").alias("citing"), (f.col("value") / f.col("count")).alias("share")
        )
        got = links.join(shared, "citing").groupBy(f.col("cited").alias("number")).agg(f.sum("share").alias("got"))
        lost = rank.where("count is null").agg(f.sum("value")).first()[0] or 0.0
        rest = (1 - DAMPING + DAMPING * lost) / size
        rank = rank.withColumnRenamed("value", "before").join(got, "number", "left")
        value = f.lit(rest) + DAMPING * f.coalesce("got", f.lit(0.0))
        rank = rank.withColumn("value", value).checkpoint()
        change = rank.agg(f.sum(f.abs(f.col("value") - f.col("before")))).first()[0]
        rank = rank.select("number", "count", "value")
    rank.select("number", f.col("value").alias("pagerank")).write.parquet(str(out / "rank"))


PEERS: dict[str, dict[str, Callable[..., None]]] = {
    "orjson": {"edges": orjson_edges, "carve": orjson_carve, "hop": orjson_hop, "rank": orjson_rank},
    "pandas": {"edges": pandas_edges, "carve": pandas_carve, "hop": pandas_hop},
    "pyspark": {"edges": spark_edges, "carve": spark_carve, "hop": spark_hop, "rank": spark_rank},
}
"""By the package that does it. With pandas nobody ranks; orjson reads JSON lines alone."""
