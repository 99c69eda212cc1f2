"""The stages of the default graph, as dvc.lock records them."""

from __future__ import annotations

from pipeline.lineage.lock import LockedPath, LockedStage

WEIGHTS = ("artifacts/model", "artifacts/finetuned/imagenet-lp_ft-2", "artifacts/sources/imagenet")
SEEDS = (0, 1, 2)
STRATEGIES = ("scratch", "linear_probe", "lp_ft")
SOURCES = ("formula", "imagenet")


def default_stages() -> dict[str, LockedStage]:
    found = {}
    for domain in ("target", "formula"):
        found[f"ingest@{domain}"] = _stage(f"artifacts/ingested/{domain}", f"data/raw/{domain}")
        raw = (f"data/raw/{domain}", f"artifacts/ingested/{domain}")
        found[f"prepare@{domain}"] = _stage(f"artifacts/prepared/{domain}", *raw)
    found["train_source@formula"] = _stage("artifacts/sources/formula", "artifacts/prepared/formula")
    found["import_source@imagenet"] = _stage("artifacts/sources/imagenet", "data/raw/imagenet")
    for source in SOURCES:
        prepared, moved = "artifacts/prepared/target", f"artifacts/transferred/{source}"
        features = f"artifacts/features/{source}"
        found[f"transfer@{source}"] = _stage(moved, f"artifacts/sources/{source}", prepared)
        found[f"extract@{source}"] = _stage(features, moved, prepared)
        found[f"hint@{source}"] = _stage(f"artifacts/hints/{source}.json", features)
        for strategy in STRATEGIES:
            for seed in SEEDS:
                name = f"{source}-{strategy}-{seed}"
                found[f"finetune@{name}"] = _stage(f"artifacts/finetuned/{name}", moved, features, prepared)
    found["select"] = _stage("artifacts/selected", "artifacts/finetuned")
    found["evaluate"] = _stage("artifacts/metrics.json", "artifacts/selected", "artifacts/prepared/target")
    found["package"] = _stage(
        "artifacts/model", "artifacts/selected", "artifacts/metrics.json", "artifacts/prepared/target"
    )
    return found


def _stage(out: str, *deps: str) -> LockedStage:
    read = (*deps, "stages/part.py")
    return LockedStage(
        cmd="python -m stages.part",
        deps=tuple(LockedPath(path=dep, md5=f"{len(dep):032x}") for dep in read),
        outs=(LockedPath(path=out, md5=f"{len(out):032x}.dir"),),
        params={"params.yaml": {"grid": {"seeds": [0, 1]}}},
    )
