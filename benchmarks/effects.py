"""Do made sound effects sound like what was asked for, to a judge that knows real ones?

    python benchmarks/effects.py RUN

RUN: a finished run's folder of `anew run sfx` or `anew run sfx-codes`. Label agreement of its samples, as they are
decoded and encoded again;
the judge's accuracy on held-out clips; Fréchet distances in the judge's features of samples, real clips,
reconstructions, the codec alone and noise at 0 dB; how far spectrograms are off after the codec alone and with the
network; near-copies. Of codes also their bits a second, and how far off sounds are that have as many bits without a
network.

One line of JSON; exit code 1 unless the judge is right on >= 95 % of held-out clips and reads >= 80 % of samples as
asked, and sounds through codes come back nearer than through as many bits without a network, by both distances.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

SHOWN = (
    "label_agreement", "judge_accuracy", "frechet_samples", "frechet_real", "frechet_reconstructions", "frechet_codec",
    "frechet_noise_0dB", "spectral_error_codec", "spectral_error_reconstructions", "near_copies", "bitrate",
    "bits_per_code",
)  # fmt: skip
WAYS, DISTANCES = ("reconstructions", "codec", "pcm", "blocks"), ("spectral_error", "spectral_distance")
AGREEMENT, JUDGE = 0.8, 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    metrics = json.loads((parser.parse_args().run / "validate" / "report.json").read_text("utf-8"))["metrics"]
    coded = "bitrate" in metrics
    beside = [f"{name}_{way}" for name in (*DISTANCES, "signal_to_noise") for way in WAYS if coded]
    found = {name: metrics[name]["value"] for name in dict.fromkeys([*SHOWN, *beside]) if name in metrics}
    intervals = {name: [metrics[name]["low"], metrics[name]["high"]] for name in ("label_agreement", "judge_accuracy")}
    print(json.dumps(found | {"intervals": intervals}))
    nearer = all(
        found[f"{name}_reconstructions"] < found[f"{name}_{way}"]
        for name in DISTANCES if coded
        for way in ("pcm", "blocks")
    )  # fmt: skip
    return int(found["label_agreement"] < AGREEMENT or found["judge_accuracy"] < JUDGE or not nearer)


if __name__ == "__main__":
    sys.exit(main())
