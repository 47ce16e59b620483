"""cache.matrix: misses of a loop over a matrix by rows, by columns and by tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oslab import Answers, Choose, Code, Figure, Generator, Int, Problem, Run, Step, Table, mistake
from oslab.quantities import format_size
from oslab_cache import loop
from oslab_cache.matrices import LoopConfig, swept
from oslab_cache.patterns import WORKLOADS, Pattern


@dataclass(frozen=True)
class MatrixConfig:
    """Matrices, each with its cache; all are summed in the same orders."""

    cases: tuple[LoopConfig, ...]


@dataclass(frozen=True)
class MatrixSpace:
    """What the cases are drawn from.

    rows, columns   of the matrix, in elements; columns 0: as many as rows
    pad             lines of padding after each row
    elem, line      bytes
    lines, ways     of the cache; ways 0: fully associative
    tile            side of a tile; 0: by rows and by columns only
    cases           how many
    fitting         of these, how many where a column's lines stay until its neighbours are wanted
    """

    rows: Choose[int]
    columns: Choose[int]
    pad: Choose[int]
    elem: Choose[int]
    line: Choose[int]
    lines: Choose[int]
    ways: Choose[int]
    tile: Choose[int]
    cases: int
    fitting: Choose[int]


LEAST_CASES = 4

ORDERS: dict[str, Pattern] = {
    "by_rows": "row-major",
    "by_columns": "column-major",
    "by_tiles": "blocked",
}


class Matrix(Problem[MatrixConfig, MatrixSpace]):
    """How many accesses miss in each order, case by case.

    `misses` asks for rows and columns; `padding` for columns, with padded rows; `tiled` for columns and
    tiles.
    """

    version = 1
    params = MatrixConfig
    space = MatrixSpace
    answers = {
        "misses": Table(
            "n",
            {"by_rows": Int(), "by_columns": Int()},
            given=("matrix", "elem", "line", "size"),
        ),
        "padding": Table(
            "n", {"by_columns": Int()}, given=("matrix", "padding", "elem", "line", "size")
        ),
        "tiled": Table(
            "n",
            {"by_columns": Int(), "by_tiles": Int()},
            given=("matrix", "tile", "elem", "line", "size"),
        ),
    }
    required = ("per-element", "orders-swapped", "no-column-reuse")

    def draw(self, rng: Generator, space: MatrixSpace) -> MatrixConfig:
        fitting = space.fitting.pick(rng)
        room = {True: fitting, False: space.cases - fitting}
        cases: list[LoopConfig] = []
        for _ in range(300):
            case = self.drawn(rng, space)
            fits = _fits(case)
            if room[fits] and case not in cases:
                room[fits] -= 1
                cases.append(case)
            if len(cases) == space.cases:
                break
        return MatrixConfig(tuple(rng.shuffled(cases)))

    def drawn(self, rng: Generator, space: MatrixSpace) -> LoopConfig:
        """One case, of whatever kind."""
        rows, elem, line = space.rows.pick(rng), space.elem.pick(rng), space.line.pick(rng)
        columns = space.columns.pick(rng) or rows
        lines, tile = space.lines.pick(rng), space.tile.pick(rng)
        orders = tuple(ORDERS.values())
        return LoopConfig(
            patterns=orders if tile else orders[:2],
            rows=rows,
            columns=columns,
            pad=space.pad.pick(rng) * line // elem,
            elem=elem,
            tile=tile or None,
            passes=1,
            size=lines * line,
            line=line,
            ways=space.ways.pick(rng) or lines,
            policy="lru",
            write="back",
            allocate=True,
            seed=0,
        )

    def good(self, p: MatrixConfig) -> bool:
        """Every case is clear: each line once, or every access misses; rows are whole lines."""
        if len(p.cases) < LEAST_CASES:
            return False
        if len({_fits(case) for case in p.cases}) < 2 and not p.cases[0].tile:
            return False
        for case in p.cases:
            if case.columns * case.elem % case.line or case.elem == case.line:
                return False
            whole = case.rows * case.columns
            found = _misses(case)
            if any(found[name] not in (whole, found["by_rows"]) for name in found):
                return False
            if case.tile and case.rows % case.tile + case.columns % case.tile:
                return False
        return len({case.rows * case.columns for case in p.cases}) > 1

    def present(self, p: MatrixConfig) -> Mapping[str, Figure]:
        return {
            "rows_code": Code(WORKLOADS["row-major"].code),
            "columns_code": Code(WORKLOADS["column-major"].code),
            "tiles_code": Code(WORKLOADS["blocked"].code),
            "ways": p.cases[0].ways,
        }

    def rows(self, p: MatrixConfig, answer: str) -> Sequence[tuple[str | int, ...]]:
        found: list[tuple[str | int, ...]] = []
        for n, case in enumerate(p.cases, 1):
            own: tuple[str | int, ...] = ()
            if answer == "padding":
                own = (case.pad,)
            elif answer == "tiled":
                own = (case.tile or 0,)
            sizes = f"{case.rows}x{case.columns}"
            found.append(
                (n, sizes, *own, case.elem, format_size(case.line), format_size(case.size))
            )
        return found

    def run(self, p: MatrixConfig) -> Run:
        """The loops of each case, one case after the other."""
        steps: list[Step] = []
        for n, case in enumerate(p.cases, 1):
            given = {"n": n, "matrix": f"{case.rows}x{case.columns}"}
            given |= {"elem": case.elem, "line": case.line, "size": format_size(case.size)}
            steps.append(Step(action="case", given=given, group=n))
            steps += (replace(step, group=n) for step in loop.run(case).steps)
        found = loop.conventions_of(p.cases[0])
        rules = {name: rule for name, rule in found.items() if name != "policy"}
        if any(case.ways > 1 for case in p.cases):
            rules["policy"] = "lru"
        return Run(
            command="cache.matrix",
            config=p,
            conventions=rules,
            steps=tuple(steps),
            metrics={"misses": tuple(_misses(case) for case in p.cases)},
        )

    def solve(self, p: MatrixConfig, run: Run) -> Answers:
        return _tables(run.metrics["misses"])

    @mistake("per-element")
    def per_element(self, p: MatrixConfig) -> Answers | None:
        """Every access misses: a line is thought to hold one element."""
        rows = [dict.fromkeys(_misses(case), case.rows * case.columns) for case in p.cases]
        # Where rows are not asked for, it is another misunderstanding that leads to this.
        return {"misses": _tables(rows)["misses"]}

    @mistake("orders-swapped")
    def orders_swapped(self, p: MatrixConfig) -> Answers | None:
        """The matrix is thought to be stored by columns."""
        rows = []
        for case in p.cases:
            found = _misses(case)
            rows.append({"by_rows": found["by_columns"], "by_columns": found["by_rows"]})
        return {"misses": rows}

    @mistake("no-column-reuse")
    def no_column_reuse(self, p: MatrixConfig) -> Answers | None:
        """By columns every access misses, even where a column's lines all stay."""
        return _tables(
            [{**_misses(case), "by_columns": case.rows * case.columns} for case in p.cases]
        )

    @mistake("order-is-nothing")
    def order_is_nothing(self, p: MatrixConfig) -> Answers | None:
        """Every line is brought in once, in whatever order."""
        return _tables([dict.fromkeys(_misses(case), _misses(case)["by_rows"]) for case in p.cases])

    @mistake("sets-ignored")
    def sets_ignored(self, p: MatrixConfig) -> Answers | None:
        """Only the size of the cache counts, not which set a line must lie in."""
        if all(case.ways == case.size // case.line for case in p.cases):
            return None
        return _tables([_misses(replace(case, ways=case.size // case.line)) for case in p.cases])

    @mistake("tiles-change-nothing")
    def tiles_change_nothing(self, p: MatrixConfig) -> Answers | None:
        """By tiles as many misses as by columns: within a tile one goes down the columns, too."""
        if not p.cases[0].tile:
            return None
        return _tables(
            [{**_misses(case), "by_tiles": _misses(case)["by_columns"]} for case in p.cases]
        )


def _tables(found: Sequence[Mapping[str, int]]) -> Answers:
    """The misses of all cases as each table asks for them."""
    tables = {
        "misses": [{name: row[name] for name in ("by_rows", "by_columns")} for row in found],
        "padding": [{"by_columns": row["by_columns"]} for row in found],
    }
    if "by_tiles" in found[0]:
        tables["tiled"] = [
            {name: row[name] for name in ("by_columns", "by_tiles")} for row in found
        ]
    return tables


# Each mistake asks for the same cases.
@lru_cache(maxsize=16)
def _misses(case: LoopConfig) -> Mapping[str, int]:
    """The misses of a case by order."""
    return {
        name: loop.misses(case, pattern)
        for name, pattern in ORDERS.items()
        if pattern in case.patterns
    }


def _fits(case: LoopConfig) -> bool:
    """Whether all lines that a column uses can be in the cache at once."""
    sweep = swept(case, "column-major")
    return sweep.room == sweep.lines
