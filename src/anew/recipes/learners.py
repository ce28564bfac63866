"""What is learnt from real and synthetic items together: classifiers, on the same terms in every arm.

In: labelled training items, held-out real ones, and more of the rare class. Out: by arm, what the classifier reads in
the held-out items. The arms:

none            the training items as they are
oversampling    items of the rare class repeated, drawn by chance, until it is as large as with synthetic ones
class weights   a label's items weigh inversely to their number
SMOTE           points between neighbours of the rare class (Chawla et al. 2002, arXiv:1106.1813)
synthetic       items of the rare class from the model; of pictures also half as many of each other label, lest the
                network take the look of what is made for the mark of the rare class

Trees learn tables, the network that judges pictures elsewhere learns pictures.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.codecs.image import Image, Picture, read_image, write_image
from anew.codecs.label import Label
from anew.codecs.table import RowCodec, TableRow
from anew.contract import CondSpec
from anew.data.progress import silent
from anew.data.records import Record
from anew.data.shards import Shards, write_shards
from anew.recipe import Train
from anew.recipes.parts import Part, fit
from anew.validate.metric import Unmeasured
from anew.validate.tables import Frame, fitted, leaf_of

ARMS = ("none", "oversampling", "class weights", "SMOTE", "synthetic")
NEIGHBOURS = 5  # of SMOTE
STEPS = 150  # of the network that reads pictures, in every arm
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def repeated(label_N: Labels, rare: int, more: int, rng: np.random.Generator) -> Labels:
    """Places of all items, and of `more` of the rare class drawn by chance."""
    return np.concatenate([np.arange(len(label_N)), rng.choice(np.flatnonzero(label_N == rare), more)])


def weights_of(label_N: Labels, K: int) -> Floats:
    """(K,): what an item of each label weighs, so that every label weighs the same and an item 1 in the mean."""
    count_K = np.bincount(label_N, minlength=K)
    return np.divide(len(label_N), count_K * (count_K > 0).sum(), out=np.zeros(len(count_K)), where=count_K > 0)


def smote(x_ND: Floats, label_N: Labels, rare: int, more: int, categories: Sequence[int], seed: int) -> Floats:
    """(more, D): made-up items of the rare class. Unmeasured without imbalanced-learn, or where SMOTE cannot be."""
    try:
        from imblearn.over_sampling import SMOTE, SMOTENC
    except ImportError:
        raise Unmeasured("SMOTE needs imbalanced-learn: pip install 'anew[tables]'") from None
    if np.isnan(x_ND).any():
        raise Unmeasured("SMOTE takes no missing values")
    if len(categories) == x_ND.shape[1]:
        raise Unmeasured("SMOTE needs a column of numbers")
    known = int((label_N == rare).sum())
    settings: dict[str, Any] = {"sampling_strategy": {rare: known + more}, "random_state": seed}
    settings["k_neighbors"] = min(NEIGHBOURS, known - 1)
    maker = SMOTENC(categorical_features=list(categories), **settings) if categories else SMOTE(**settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made_ND, _ = maker.fit_resample(x_ND, label_N)
    found: Floats = made_ND[len(x_ND) :]
    return found


def neighbourhood(label_N: Labels, rare: int) -> list[int]:
    """Places of what SMOTE reads where every column is a number: the rare items, and one other, which it asks for."""
    others = np.flatnonzero(label_N != rare)[:1]
    return [*np.flatnonzero(label_N == rare).tolist(), *others.tolist()]


# ------------------------------------------------------------------------------------------------ tables


def read_tables(
    codec: RowCodec,
    target: str,
    labels: Label,
    train: Sequence[Record],
    test: Sequence[Record],
    made: Sequence[TableRow],
    rare: str,
    seed: int,
) -> dict[str, Labels | str]:
    """By arm the labels that trees read in the test rows, or the reason why the arm was left out."""
    real, held_out = (Frame.of(codec.columns, [row_of(codec, one) for one in some]) for some in (train, test))
    more, k = Frame.of(codec.columns, made), codec.names.index(target)
    label_N, place = np.array([labels.id_of(str(one.label)) for one in train]), labels.id_of(rare)
    others = [j for j in range(len(codec.columns)) if j != k]
    x_ND, seen_MD = real.values_NK, held_out.values_NK[:, others]

    def read(x: Floats, y: Labels, weight_N: Floats | None = None) -> Labels:
        model = fitted("Classifier", real, x, y, leave_out=k, weights=weight_N, seed=seed, leaf=leaf_of(len(real)))
        return np.asarray(model.predict(seen_MD), np.int64)

    def from_smote() -> Labels:
        categories = [i for i, j in enumerate(others) if not real.is_number(j)]
        spread_D = np.where(np.isin(range(len(others)), categories), 1.0, x_ND[:, others].std(0))
        spread_D[spread_D == 0] = 1.0  # neighbours by columns of like weight; categories are places, not amounts
        drawn_ND = smote(x_ND[:, others] / spread_D, label_N, place, len(made), categories, seed) * spread_D
        return read(np.concatenate([x_ND, np.insert(drawn_ND, k, 0.0, axis=1)]), grown)

    again = repeated(label_N, place, len(made), np.random.default_rng(seed))
    grown = np.concatenate([label_N, np.full(len(made), place)])
    return attempted({
        "none": lambda: read(x_ND, label_N),
        "oversampling": lambda: read(x_ND[again], label_N[again]),
        "class weights": lambda: read(x_ND, label_N, weights_of(label_N, len(labels.names))[label_N]),
        "SMOTE": from_smote,
        "synthetic": lambda: read(np.concatenate([x_ND, more.values_NK]), grown),
    })  # fmt: skip


def row_of(codec: RowCodec, record: Record) -> TableRow:
    return codec.typed(json.loads(record.value))


def attempted(arms: Mapping[str, Callable[[], Labels]]) -> dict[str, Labels | str]:
    found = dict[str, Labels | str]()
    for name, read in arms.items():
        try:
            found[name] = read()
        except Unmeasured as why:
            found[name] = str(why)
    return found


# ------------------------------------------------------------------------------------------------ pictures


def read_pictures(
    plain: Image,
    labels: Label,
    train: Sequence[Record],
    test: Sequence[Record],
    made: Sequence[Picture],
    beside: Sequence[tuple[Picture, str]],
    rare: str,
    seed: int,
    folder: Path,
    threads: int,
) -> dict[str, Labels | str]:
    """By arm the labels that a network reads in the test pictures, or the reason why the arm was left out. `beside`:
    made pictures of the other labels."""
    label_N, place = np.array([labels.id_of(str(one.label)) for one in train]), labels.id_of(rare)
    seen_NCHW = plain.encode([picture_of(one) for one in test])
    spec = replace(plain.spec, cond=CondSpec(classes=len(labels.names)))
    fixed = Train(
        steps=STEPS, batch=64, optimiser="muon", lr=2e-3, ema=0.99, threads=threads, device="cpu",
        checkpoint_every=STEPS, validate_every=STEPS,
    )  # fmt: skip

    def read(arm: str, records: Sequence[Record], weight_K: Floats | None = None) -> Labels:
        own, settings = folder / arm.replace(" ", "-"), {} if weight_K is None else {"weights": weight_K.tolist()}
        shutil.rmtree(own, ignore_errors=True)  # of a round that was killed
        write_shards(
            lambda split: iter(records), plain, labels, picture_of, own / "shards", spec=spec, splits=("train",)
        )
        part = Part("judge", "classifier", settings, fixed, own / "train", seed)
        model = fit(part, Shards(own / "shards"), silent)
        with torch.no_grad():
            read_N = torch.cat([model.logits(some).argmax(1) for some in seen_NCHW.split(500)])  # type: ignore[operator]
        shutil.rmtree(own)
        return np.asarray(read_N.numpy(), np.int64)

    def more(pictures: Sequence[Picture], others: Sequence[tuple[Picture, str]] = ()) -> list[Record]:
        drawn = [*((picture, rare) for picture in pictures), *others]
        return [*train, *(Record.of(write_image(picture), label, "made", None) for picture, label in drawn)]

    def from_smote() -> Labels:
        known = neighbourhood(label_N, place)
        pictures = np.stack([plain.canonical(picture_of(train[i])) for i in known])
        x_ND = pictures.reshape(len(pictures), -1).astype(np.float64)
        drawn_ND = smote(x_ND, label_N[known], place, len(made), (), seed).round().clip(0, 255).astype(np.uint8)
        return read("SMOTE", more(list(drawn_ND.reshape(-1, *pictures.shape[1:]))))

    again = repeated(label_N, place, len(made), np.random.default_rng(seed))
    return attempted({
        "none": lambda: read("none", train),
        "oversampling": lambda: read("oversampling", [train[i] for i in again]),
        "class weights": lambda: read("class weights", train, weights_of(label_N, len(labels.names))),
        "SMOTE": from_smote,
        "synthetic": lambda: read("synthetic", more(made, beside)),
    })  # fmt: skip


def picture_of(record: Record) -> Picture:
    assert isinstance(record.value, bytes)
    return read_image(record.value, record.origin, alpha=True)


__all__ = ["ARMS", "read_pictures", "read_tables"]
