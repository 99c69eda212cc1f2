"""The command of a generated stage: its outputs are a function of its inputs and parameters alone.

python work.py NAME [--sleep S] [--param KEY] [--noise] --out PATH... --dep PATH...
"""

import hashlib
import pathlib
import re
import sys
import time


def read(path: pathlib.Path) -> bytes:
    if path.is_dir():
        return b"".join(p.name.encode() + p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file())
    return path.read_bytes()


def write(path: pathlib.Path, digest: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".d":
        path.mkdir(exist_ok=True)
        for part in range(3):
            (path / f"part{part}.txt").write_text(f"{digest} {part}\n" * 20)
    elif path.suffix == ".json":
        path.write_text(f'{{"score": {int(digest[:6], 16)}}}\n')
    elif path.suffix == ".csv":
        path.write_text("epoch,loss\n" + "".join(f"{n},{int(digest[n], 16)}\n" for n in range(5)))
    else:
        path.write_text(digest * 50)


def main() -> None:
    name, *arguments = sys.argv[1:]
    options: dict[str, list[str]] = {}
    for word in arguments:
        if word.startswith("--"):
            current = options.setdefault(word[2:], [])
        else:
            current.append(word)
    digest = hashlib.sha256(name.encode())
    for path in options.get("dep", []):
        digest.update(read(pathlib.Path(path)))
    for key in options.get("param", []):
        value = re.search(rf"\b{key}: (\S+)", pathlib.Path("params.yaml").read_text())
        assert value is not None
        digest.update(value[1].encode())
    outs = [pathlib.Path(path) for path in options.get("out", [])]
    with pathlib.Path("ran.log").open("a") as log:
        log.write(name + "\n")
    print(f"{name} starts", flush=True)
    for seconds in options.get("sleep", []):
        write(outs[0], "unfinished-" + digest.hexdigest())
        time.sleep(float(seconds))
    for out in outs:
        write(out, digest.hexdigest())
    print(f"{name} ends", flush=True)


main()
