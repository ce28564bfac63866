"""How like a table's rows synthetic rows are: single columns, pairs of columns, whole rows; and what they are good for.

In: rows as a codec types them, as columns (`Column`s of one `Frame`). Out: metrics, each with its interval, beside real
held-out rows (how alike real rows are among themselves) and beside rows of shuffled columns (which have every column
right and every pair wrong). Shapes and trends are as SDMetrics defines them: 1 is the same, 0 is nothing in common.

N rows · K columns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from anew.codecs.columns import Category, Column, Number
from anew.validate.interval import clopper_pearson
from anew.validate.metric import Metric, Unmeasured

Floats = NDArray[np.float64]
Row = Mapping[str, Any]
Better = Literal["lower", "higher"] | None
CELLS = 10  # equal widths that a number is cut into beside a category
SEEDED = 7  # of the classifiers, which draw by themselves
FEWEST = 50  # rows to tell two tables apart by


# ------------------------------------------------------------------------------------------------ rows as columns


@dataclass(frozen=True)
class Frame:
    """Rows by column: numbers as they are, categories by the place among their values; NaN is missing."""

    columns: Sequence[Column]
    values_NK: Floats

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Sequence[Row]) -> Frame:
        made = [column_of(column, [row[column.name] for row in rows]) for column in columns]
        return cls(columns, np.stack(made, 1))

    def __len__(self) -> int:
        return len(self.values_NK)

    def take(self, rows: NDArray[np.int64]) -> Frame:
        return Frame(self.columns, self.values_NK[rows])

    def shuffled(self, rng: np.random.Generator) -> Frame:
        """The same columns, each in an order of its own: nothing of one is to be told from another."""
        return Frame(self.columns, rng.permuted(self.values_NK, axis=0))

    def is_number(self, k: int) -> bool:
        return isinstance(self.columns[k], Number)


def column_of(column: Column, values: Sequence[Any]) -> Floats:
    """Numbers, or a category's places; those never seen share a place of their own."""
    if isinstance(column, Number):
        return column.numbers(values)
    known = {repr(value): float(place) for place, value in enumerate(column.values)} | {repr(None): np.nan}
    return np.array([known.get(repr(value), float(len(known))) for value in values])


# ------------------------------------------------------------------------------------------------ shapes and trends


def shape(real: Frame, made: Frame, k: int) -> float:
    """Of one column: 1 - the Kolmogorov–Smirnov distance of numbers, 1 - the total variation distance of categories.
    What is missing is left out."""
    a_N, b_N = (np.sort(v[~np.isnan(v)]) for v in (real.values_NK[:, k], made.values_NK[:, k]))
    if not len(a_N) or not len(b_N):
        return float(len(a_N) == len(b_N))
    if not real.is_number(k):
        return 1 - total_variation(a_N.astype(np.int64), b_N.astype(np.int64))
    both = np.concatenate([a_N, b_N])
    gaps = np.searchsorted(a_N, both, "right") / len(a_N) - np.searchsorted(b_N, both, "right") / len(b_N)
    return 1 - float(np.abs(gaps).max())


def total_variation(a_N: NDArray[np.int64], b_N: NDArray[np.int64]) -> float:
    """Half of the summed differences of frequencies."""
    size = int(max(a_N.max(initial=0), b_N.max(initial=0))) + 1
    shares = (np.bincount(v, minlength=size) / max(1, len(v)) for v in (a_N, b_N))
    return float(np.abs(np.subtract(*shares)).sum() / 2)


def shapes(real: Frame, made: Frame) -> Floats:
    """(K,)"""
    return np.array([shape(real, made, k) for k in range(len(real.columns))])


def trends(real: Frame, made: Frame) -> Floats:
    """(K, K), NaN on the diagonal and where a pair says nothing: of two numbers 1 - half of the difference of their
    correlations, of others 1 - the total variation distance of their table, numbers cut into CELLS equal widths."""
    K = len(real.columns)
    found_KK = np.full((K, K), np.nan)
    numbers = [k for k in range(K) if real.is_number(k)]
    ours_JJ, theirs_JJ = correlations(made.values_NK[:, numbers]), correlations(real.values_NK[:, numbers])
    found_KK[np.ix_(numbers, numbers)] = 1 - np.abs(ours_JJ - theirs_JJ) / 2
    cells = [cut(real, made, k) for k in range(K)]
    for k in range(K):
        for j in range(k):
            if not (real.is_number(k) and real.is_number(j)):
                a_N, b_N = (cells[k][side] * 4096 + cells[j][side] for side in (0, 1))
                _, joint = np.unique(np.concatenate([a_N, b_N]), return_inverse=True)
                found_KK[k, j] = found_KK[j, k] = 1 - total_variation(joint[: len(a_N)], joint[len(a_N) :])
    np.fill_diagonal(found_KK, np.nan)
    return found_KK


def correlations(values_NJ: Floats) -> Floats:
    """(J, J): Pearson's, over the rows in which both are there; NaN where one of them does not vary."""
    there_NJ = ~np.isnan(values_NJ)
    if there_NJ.all():
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.atleast_2d(np.corrcoef(values_NJ, rowvar=False)) if values_NJ.shape[1] else np.zeros((0, 0))
    n_JJ = there_NJ.T.astype(np.float64) @ there_NJ
    x_NJ = np.where(there_NJ, values_NJ - np.nanmean(values_NJ, 0), 0.0)
    w_NJ = there_NJ.astype(np.float64)
    sums_JJ, squares_JJ = x_NJ.T @ w_NJ, (x_NJ**2).T @ w_NJ
    with np.errstate(invalid="ignore", divide="ignore"):
        spread_JJ = squares_JJ - sums_JJ**2 / n_JJ
        found_JJ: Floats = (x_NJ.T @ x_NJ - sums_JJ * sums_JJ.T / n_JJ) / np.sqrt(spread_JJ * spread_JJ.T)
    return found_JJ


def cut(real: Frame, made: Frame, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A column's cells in both tables; the real one's range is cut, and what is missing is a cell."""
    a_N, b_N = real.values_NK[:, k], made.values_NK[:, k]
    if not real.is_number(k):
        return tuple(np.where(np.isnan(v), -1, v).astype(np.int64) + 1 for v in (a_N, b_N))  # type: ignore[return-value]
    there = a_N[~np.isnan(a_N)]
    edges = np.histogram_bin_edges(there if len(there) else np.zeros(1), CELLS)
    return tuple(np.where(np.isnan(v), len(edges) + 1, np.digitize(v, edges)) for v in (a_N, b_N))  # type: ignore[return-value]


@dataclass(frozen=True)
class Likeness:
    """`shapes_K` and `trends_KK` of the synthetic rows, for pictures; `metrics` sum them up beside their rulers."""

    metrics: list[Metric]
    shapes_K: Floats
    trends_KK: Floats


def likeness(real: Frame, held_out: Frame, made: Frame, rng: np.random.Generator, draws: int = 100) -> Likeness:
    """Column shapes and pair trends against `real` (training) rows: of the synthetic rows, of as many training rows
    drawn again, of held-out ones and of shuffled columns. Intervals re-draw the rows that are compared with `real`."""
    again = real.take(rng.integers(0, len(real), len(made)))
    frames = {"": made, "_redrawn": again, "_held_out": held_out, "_independent": real.shuffled(rng)}
    notes = {
        "": f"against {len(real):,} training rows",
        "_redrawn": "as many training rows, drawn again by chance: what a sample of this size can reach",
        "_held_out": "real rows that were held out, against the same training rows: what chance alone leaves",
        "_independent": "the training rows with each column shuffled by itself: columns right, pairs wrong",
    }
    metrics, first = list[Metric](), dict[str, Metric]()
    for name, measure in (("column_shapes", shapes), ("pair_trends", trends)):
        for suffix, frame in frames.items():
            value = mean_of(measure(real, frame))
            few = draws if suffix == "" else max(10, draws // 5)
            redrawn = [mean_of(measure(real, frame.take(rng.integers(0, len(frame), len(frame))))) for _ in range(few)]
            low, high = np.quantile(redrawn, [0.025, 0.975]) - np.mean(redrawn) + value  # of the spread, not the bias
            better: Better = "higher" if suffix == "" else None
            metric = Metric(
                f"{name}{suffix}", value, low, min(high, 1.0), len(frame), "", "estimate", better, notes[suffix]
            )
            metrics.append(metric)
            first[metric.name] = metric
    apart = first["pair_trends_independent"].value < (first["pair_trends_redrawn"].low or 0)
    note = "shuffled columns must have worse pair trends than rows drawn again; else the table's columns have none"
    score = first["pair_trends_independent"].value
    metrics.append(Metric("pair_trends_control", score, n=len(real), note=note, passed=bool(apart)))
    metrics.append(missing_share(real, made))
    return Likeness(metrics, shapes(real, made), trends(real, made))


def mean_of(found: Floats) -> float:
    """The mean over columns or pairs that say something."""
    return float(np.nanmean(found)) if not np.isnan(found).all() else float("nan")


def missing_share(real: Frame, made: Frame) -> Metric:
    """1 - the difference of the shares of missing values, the mean over columns."""
    gaps_K = np.abs(np.isnan(real.values_NK).mean(0) - np.isnan(made.values_NK).mean(0))
    note = "1 - the difference of the shares of missing values, in the mean over columns"
    return Metric("missing_values", 1 - gaps_K.mean(), n=len(made), kind="estimate", better="higher", note=note)


def numbers_of(frame: Frame) -> list[int]:
    return [k for k in range(len(frame.columns)) if frame.is_number(k)]


# ------------------------------------------------------------------------------------------------ copies


def exact_copies(training: Sequence[Row], held_out: Sequence[Row], made: Sequence[Row]) -> list[Metric]:
    """The share of rows that equal a training row in every column; of held-out real rows as well, since rows of few
    columns repeat by themselves; and of training rows, which must all be found."""
    known = {tuple(row.values()) for row in training}
    found = []
    for name, rows, note in (
        ("exact_copies", made, f"rows equal to one of {len(training):,} training rows in every column"),
        ("exact_copies_held_out", held_out, "the same of real rows that were held out"),
    ):
        count = sum(tuple(row.values()) in known for row in rows)
        low, high = clopper_pearson(count, len(rows))
        better: Better = "lower" if rows is made else None
        found.append(Metric(name, count / len(rows), low, high, len(rows), "share", "exact", better, note))
    copied = [row for row in training[: len(made)] if tuple(row.values()) in known]
    share = len(copied) / max(1, len(training[: len(made)]))
    note = "training rows handed in as if they were made; all must be found"
    found.append(Metric("exact_copies_planted", share, n=len(copied), unit="share", note=note, passed=share == 1.0))
    return found


# ------------------------------------------------------------------------------------------------ by classifiers


def learners() -> Any:
    """scikit-learn's trees. Unmeasured where it is not installed."""
    try:
        from sklearn import ensemble
    except ImportError:
        raise Unmeasured("needs scikit-learn: pip install 'anew[tables]'") from None
    return ensemble


def fitted(
    kind: str,
    frame: Frame,
    x_NK: Floats,
    y_N: NDArray[Any],
    leave_out: int | None = None,
    weights: Floats | None = None,
    seed: int = SEEDED,
    leaf: int | None = None,
) -> Any:
    """Boosted trees; categories are told as such where they are few. `weights` (N,): what each row counts; `leaf`: the
    fewest rows of a leaf, by default as suits the number of rows."""
    kept = [k for k in range(len(frame.columns)) if k != leave_out]
    few = [not frame.is_number(k) and np.nanmax(frame.values_NK[:, k], initial=0) < 200 for k in kept]
    settings = {"max_iter": 60, "categorical_features": few if any(few) else None, "random_state": seed}
    settings |= {"min_samples_leaf": leaf or leaf_of(len(y_N)), "early_stopping": False}
    return getattr(learners(), f"HistGradientBoosting{kind}")(**settings).fit(x_NK[:, kept], y_N, weights)


def leaf_of(rows: int) -> int:
    """The fewest rows of a leaf."""
    return max(2, min(20, rows // 20))


def two_sample(real: Frame, made: Frame, rng: np.random.Generator, folds: int = 4) -> tuple[float, float, float, int]:
    """The area under the ROC curve of a classifier that tells real from synthetic rows, on rows that it has not seen
    (Lopez-Paz & Oquab 2017, arXiv:1610.06545), with its interval: 0.5 cannot tell them, 1 always can."""
    n = min(len(real), len(made))
    if n < FEWEST:
        raise Unmeasured(f"{n} rows of a kind; a classifier needs {FEWEST}")
    chosen = [rng.permutation(len(frame))[:n] for frame in (real, made)]
    x_NK = np.concatenate([real.values_NK[chosen[0]], made.values_NK[chosen[1]]])
    y_N = np.repeat([0.0, 1.0], n)
    fold_N = np.concatenate([rng.permutation(n) % folds for _ in range(2)])
    score_N = np.zeros(2 * n)
    for fold in range(folds):
        model = fitted("Classifier", Frame(real.columns, x_NK), x_NK[fold_N != fold], y_N[fold_N != fold])
        score_N[fold_N == fold] = model.predict_proba(x_NK[fold_N == fold])[:, 1]
    redrawn = []
    for _ in range(200):
        rows = np.concatenate([rng.integers(0, n, n), n + rng.integers(0, n, n)])
        redrawn.append(area(score_N[rows], y_N[rows]))
    low, high = np.quantile(redrawn, [0.025, 0.975])
    return area(score_N, y_N), float(low), float(high), n


def area(score_N: Floats, y_N: Floats) -> float:
    """The chance that one of the second kind scores above one of the first; ties count half."""
    order = np.argsort(score_N, kind="stable")
    _, group, counts = np.unique(score_N[order], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[group]
    ones = y_N[order] == 1
    n1, n0 = int(ones.sum()), int((~ones).sum())
    return float((ranks[ones].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def told_apart(real: Frame, held_out: Frame, made: Frame, rng: np.random.Generator) -> list[Metric]:
    """The two-sample AUC of synthetic rows, of held-out real rows and of shuffled columns, against training rows."""
    metrics = []
    asked: tuple[tuple[str, Frame, Better, str], ...] = (
        ("two_sample_auc", made, "lower", "boosted trees telling synthetic from training rows; 0.5 is chance"),
        ("two_sample_auc_held_out", held_out, None, "the same for held-out real rows"),
        ("two_sample_auc_independent", real.shuffled(rng), None, "the same for training rows of shuffled columns"),
    )
    for name, frame, better, note in asked:
        try:
            value, low, high, n = two_sample(real, frame, rng)
        except Unmeasured:
            if frame is made:
                raise
            continue
        metrics.append(Metric(name, value, low, high, n, "", "estimate", better, note))
    return metrics


def useful(
    target: int, real: Frame, held_out: Frame, made: Frame, rng: np.random.Generator, draws: int = 200
) -> list[Metric]:
    """How well a column is predicted from the others on held-out real rows, by trees that learnt from synthetic rows
    beside trees that learnt from as many real ones (Esteban et al. 2017, arXiv:1706.02633, section 5.2).

    Macro-F1 of a category, R² of a number. Unmeasured with too few rows or values.
    """
    n = min(len(real), len(made))
    column, number = real.columns[target], real.is_number(target)
    test = held_out.take(np.flatnonzero(~np.isnan(held_out.values_NK[:, target])))
    if len(test) < 20 or n < FEWEST:
        raise Unmeasured(f"{n} rows to learn {column.name} from and {len(test)} to test it on are too few")
    what, measure = ("R²", r_squared) if number else ("macro-F1", macro_f1)
    truth_N, others = test.values_NK[:, target], [k for k in range(len(real.columns)) if k != target]
    metrics = []
    for name, frame in (("synthetic", made), ("real", real)):
        rows = frame.take(rng.permutation(len(frame))[:n])
        rows = rows.take(np.flatnonzero(~np.isnan(rows.values_NK[:, target])))
        y_N = rows.values_NK[:, target]
        if len(np.unique(y_N)) < 2:
            raise Unmeasured(f"{column.name} has one value only in the {name} rows")
        model = fitted("Regressor" if number else "Classifier", rows, rows.values_NK, y_N, leave_out=target)
        read_N = model.predict(test.values_NK[:, others])
        redrawn = [measure(truth_N[r], read_N[r]) for r in rng.integers(0, len(test), (draws, len(test)))]
        low, high = np.quantile(redrawn, [0.025, 0.975])
        note = f"{what} of {column.name!r} on held-out rows by trees that learnt from {len(rows):,} {name} rows"
        better: Better = "higher" if frame is made else None
        metrics.append(
            Metric(f"train_on_{name}", measure(truth_N, read_N), low, high, len(test), what, "estimate", better, note)
        )
    return metrics


def target_of(columns: Sequence[Column], label: str | None = None) -> int:
    """The column to predict: the labels', or the category of fewest values, or the last one."""
    if label in (names := [column.name for column in columns]):
        return names.index(str(label))
    counts = [(len(c.values), k) for k, c in enumerate(columns) if isinstance(c, Category)]
    few = [(count, k) for count, k in counts if 2 <= count <= 20]
    return min(few)[1] if few else len(columns) - 1


def macro_f1(truth_N: Floats, read_N: Floats) -> float:
    """The mean F1 over the classes that occur in the truth."""
    return float(np.mean([f1(truth_N, read_N, one) for one in np.unique(truth_N)]))


def f1(truth_N: Floats, read_N: Floats, one: float) -> float:
    """Of one class: the harmonic mean of precision and recall."""
    both = ((truth_N == one) & (read_N == one)).sum()
    return float(2 * both / max(1, (truth_N == one).sum() + (read_N == one).sum()))


def r_squared(truth_N: Floats, read_N: Floats) -> float:
    left = float(np.square(truth_N - truth_N.mean()).sum())
    return 1 - float(np.square(truth_N - read_N).sum()) / left if left else 0.0
