"""Draw points over the whole domain of every family and store what mpmath finds there.

Run by hand: `python tests/accuracy/make_points.py [--again] [Family ...]`, in an environment that imports
natgrad_native. Parts that are stored already are kept unless `--again` is given, and short ones go on where they ended;
each part is written as soon as it is done. A family takes at most `--budget` seconds: a slow one ends with fewer rows,
never fewer than a tenth.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import sys
import time
import zlib
from pathlib import Path

import mpmath
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import operands
from accuracy import stored
from judge import Judge, dual_log_partition, floats, gradient, natural_from_standard
from natgrad_native import reference

DECADES = {"float64": 12.0, "float32": 5.0}
# Rows of a scalar family, shared by its examples, and of each example of a vector family.
ROWS = {"float64": 2000, "float32": 400}
VECTOR_ROWS = {"float64": 200, "float32": 80}
# How far the second point of a KL is from the first, of every four rows; None: anywhere.
APART = {"float64": (1e-8, 1e-4, None, None), "float32": (1e-5, 1e-3, None, None)}
CHUNK = 4


def draw(twin, dtype: str, rows: int) -> dict[str, np.ndarray]:
    """What is passed in: theta, other, observation, standard; all representable in the number type."""
    rng = np.random.default_rng(zlib.crc32(stored.part_name(twin, dtype).encode()))

    def rounded(values) -> np.ndarray:
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(values, dtype=np.float64).astype(dtype).astype(np.float64)

    def points(first: np.ndarray) -> np.ndarray:
        theta = rounded(np.concatenate([first, twin.domain_points(rng, 2 * rows, DECADES[dtype])]))
        return theta[twin.in_natural_domain(theta)][:rows]

    theta, other = points(twin.hard_points()), points(twin.test_points(rng, rows // 8))
    rows = min(len(theta), len(other))
    theta, other = theta[:rows], other[:rows]
    for kind, apart in enumerate(APART[dtype]):
        if apart is None:
            continue
        near = theta[kind :: len(APART[dtype])]
        by = apart * rng.choice([-1.0, 1.0], near.shape) * rng.uniform(0.5, 1.0, near.shape)
        moved, scaled = rounded(near * (1.0 + by)), rounded(near * (1.0 + by[:, :1]))
        inside = twin.in_natural_domain(moved)[:, None]
        kept = np.where(inside, moved, scaled)
        other[kind :: len(APART[dtype])] = np.where(twin.in_natural_domain(kept)[:, None], kept, near)
    with np.errstate(all="ignore"):
        x = rounded(draws(twin, theta, rng))
        off = ~np.isfinite(x).reshape(rows, -1).all(axis=-1)
        x[off] = np.nan
        off[~off] = ~np.isfinite(twin.log_base_measure(x[~off]))
        x[off] = np.nan
        standard = {name: rounded(value) for name, value in twin.standard_from_natural(theta).items()}
    accepted = [operands.accepted(twin, {name: value[row] for name, value in standard.items()}) for row in range(rows)]
    flat = np.concatenate([value.reshape(rows, -1) for value in standard.values()], axis=-1)
    flat[~np.array(accepted)] = np.nan
    return {"theta": theta, "other": other, "observation": x, "standard": flat}


def draws(twin, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One observation a row, NaN where NumPy's generator refuses so extreme a parameter (it says so)."""
    try:
        return np.asarray(twin.sample(theta, (), rng), dtype=np.float64)
    except ValueError as error:
        print(f"  {twin!r}: draws row by row, for the sampler says: {error}", flush=True)
    answer = np.full((len(theta), *twin.event_shape), np.nan)
    for row, point in enumerate(theta):
        with contextlib.suppress(ValueError):
            answer[row] = twin.sample(point, (), rng)
    return answer


def find(task) -> tuple[int, dict[str, np.ndarray]]:
    """What mpmath finds at one row."""
    twin, dtype, number, row = task
    at = Judge(twin, row["theta"])
    size = twin.size
    mean = floats(at.mean)
    found = {
        "log_partition": float(at.log_partition),
        "mean": mean,
        "centred": floats(centred(at)),
        "fisher": floats(at.fisher_matrix[i, j] for i in range(size) for j in range(i + 1)),
        "log_determinant": float(at.log_determinant()),
        "entropy": float(at.entropy()),
        "kl": float(at.kl(row["other"])),
        "dual": np.nan,
        "log_density": np.nan,
        "natural": np.full(size, np.nan),
        "natural_scale": np.full(size, np.nan),
    }
    with np.errstate(over="ignore", under="ignore"):
        mu = mean.astype(dtype)
    if np.isfinite(mu).all() and operands.surely_inside(twin.in_mean_domain, mu[None])[0]:
        found["dual"] = float(dual_log_partition(at, mu.astype(np.float64)))
    if not np.isnan(row["observation"]).any():
        found["log_density"] = float(at.log_density(row["observation"]))
    if not np.isnan(row["standard"]).any():
        theta, scale = natural_from_standard(twin, row["standard"])
        found["natural"], found["natural_scale"] = floats(theta), floats(scale)
    return number, found


def centred(at: Judge):
    with mpmath.workdps(at.digits):
        return at.family.mp_centred_from_mean(at.mean)


def stored_rows(known: dict[str, np.ndarray], given: dict[str, np.ndarray]) -> int:
    """How many rows of a part are stored; 0 unless they are the first that are drawn now."""
    if not known:
        return 0
    rows = len(known["theta"])
    same = all(np.array_equal(known[name], value[:rows], equal_nan=True) for name, value in given.items())
    return rows if same else 0


def make_part(twin, dtype: str, rows: int, seconds: float, pool, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The part of one example and number type: as many rows as the time allows, after those that are known."""
    given = draw(twin, dtype, rows)
    rows, first = len(given["theta"]), stored_rows(known, given)
    tasks = ((twin, dtype, n, {name: value[n] for name, value in given.items()}) for n in range(first, rows))
    found: dict[int, dict[str, np.ndarray]] = {}
    start = told = time.monotonic()
    for number, values in pool.imap(find, tasks, chunksize=CHUNK):
        found[number] = values
        now = time.monotonic()
        if now - told > 20:
            print(
                f"  {stored.part_name(twin, dtype)}: {first + len(found)}/{rows} rows in {now - start:.0f} s",
                flush=True,
            )
            told = now
        if now - start > seconds and first + len(found) >= rows // 10:
            break
    rows = first + len(found)
    part = {name: value[:rows] for name, value in given.items()}
    for name in found[first]:
        bits = stored.SCALE_BITS if name == "natural_scale" else stored.KEPT_BITS[dtype]
        new = stored.shortened(np.array([found[n][name] for n in range(first, rows)]), bits)
        before = known.get(name, known["mean"]) if first else new[:0]  # the centred mean may be the mean
        part[name] = np.concatenate([before, new])
    if np.array_equal(part["centred"], part["mean"]):
        del part["centred"]
    print(f"  {stored.part_name(twin, dtype)}: {rows} rows in {time.monotonic() - start:.0f} s", flush=True)
    start = time.monotonic()
    for theta in part["theta"][:5]:
        gradient(twin, theta)
    part["seconds"] = np.array((time.monotonic() - start) / 5)
    return part


def wanted_rows(twin, dtype: str, examples: int) -> int:
    """How many rows a part should have."""
    if not twin.event_shape:
        return ROWS[dtype] // examples
    return VECTOR_ROWS[dtype]


def make_family(kind, budget: float, again: bool, processes: int) -> None:
    """All parts of one family, each stored as soon as it is done."""
    examples = kind.examples()
    known = {} if again else stored.load(examples[0])
    wanted = {stored.part_name(twin, dtype): (twin, dtype) for twin in examples for dtype in stored.DTYPES}
    parts = {name: part for name, part in known.items() if name in wanted}
    for name, (twin, dtype) in wanted.items():
        rows = wanted_rows(twin, dtype, len(examples))
        before = parts.get(name, {})
        if before and len(before["theta"]) >= len(draw(twin, dtype, rows)["theta"]):
            continue
        share = (0.8 if dtype == "float64" else 0.2) / len(examples)
        with multiprocessing.Pool(processes) as pool:
            made = make_part(twin, dtype, rows, share * budget, pool, before)
        if len(made["theta"]) > len(before.get("theta", ())):
            parts[name] = made
        stored.save(twin, parts)
    print(f"{kind.__name__}: {stored.path(examples[0]).stat().st_size / 1000:.0f} kB", flush=True)


def main() -> None:
    """Make the points of the families named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", help="class names; all if none")
    parser.add_argument("--again", action="store_true", help="make parts anew that are stored already")
    parser.add_argument("--budget", type=float, default=180.0, help="seconds a family (default %(default)s)")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    kinds = {kind.__name__: kind for kind in reference.list_families()}
    for name in given.families or kinds:
        if name not in kinds:
            parser.error(f"no family {name!r}; there are {', '.join(kinds)}")
        make_family(kinds[name], given.budget, given.again, given.processes)


if __name__ == "__main__":
    main()
