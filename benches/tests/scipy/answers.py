"""What numpy and scipy say of some data, as JSON; recorded in answers.json beside this file.

    python3 benches/tests/scipy/answers.py > benches/tests/scipy/answers.json
"""

import json
import math

import numpy as np
from scipy import stats
from scipy.stats import mstats


def wave(k, scale):
    """Something that looks like noise, is the same everywhere, and has a heavy right tail."""
    u = math.sin(12.9898 * k) * 43.7585 % 1.0
    return scale * (u + 4.0 * max(0.0, u - 0.9))


def times(count, start):
    return [round(20000.0 * math.exp(wave(start + k, 0.05)), 3) for k in range(count)]


def launch(index, pairs, ratio):
    bias = wave(1000 + index, 0.01)
    baseline, candidate = times(pairs, 100 * index), times(pairs, 7000 + 100 * index)
    return [[b, round(c * ratio * math.exp(bias), 3)] for b, c in zip(baseline, candidate)]


def quantiles(samples):
    at = [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0]
    return {"samples": samples, "at": at, "is": list(np.quantile(samples, at, method="median_unbiased"))}


def median(samples, level):
    interval = stats.quantile_test(samples, p=0.5).confidence_interval(level)
    below = sum(value < interval.low for value in samples)
    return {
        "samples": samples,
        "level": level,
        "point": float(np.median(samples)),
        "low": float(interval.low),
        "high": float(interval.high),
        "confidence": 1.0 - 2.0 * float(stats.binom.cdf(below, len(samples), 0.5)),
    }


def location(logs):
    """Tukey and McLaughlin's trimmed mean, its error and degrees of freedom, as widened in trimmed.rs."""
    count, cut = len(logs), len(logs) // 5
    kept = count - 2 * cut
    # Half a value more, which scipy rounds down, so that it cuts what is meant.
    share = (cut + 0.5) / count
    winsorized = mstats.winsorize(np.array(logs), (share, share))
    squares = 1.3 * count * float(winsorized.var(ddof=1))
    return float(stats.trim_mean(logs, share)), math.sqrt(squares / (kept * (kept - 1))), kept - 2


def figures(logs):
    centre, error, freedom = location(logs)
    law = stats.t(freedom, loc=centre, scale=error)
    return {
        "point": math.exp(centre),
        "p": 2.0 * float(stats.t.sf(abs(centre / error), freedom)),
        "intervals": [[level, *(math.exp(end) for end in law.interval(level))]
                      for level in (0.5, 0.95, 0.999)],
    }


def launch_logs(launches):
    return [float(np.median(np.log([c / b for b, c in pairs]))) for pairs in launches]


def ratio(count, pairs, planted):
    launches = [launch(index, pairs, planted) for index in range(count)]
    return {"launches": launches, **figures(launch_logs(launches))}


def geomean():
    traces = [[launch(20 * trace + index, 11, planted) for index in range(10)]
              for trace, planted in enumerate((0.9, 1.2, 1.0))]
    # The geometric mean of each round's ratios, as scipy has it.
    rounds = stats.gmean(np.exp([launch_logs(trace) for trace in traces]), axis=0)
    return {"traces": traces, **figures(list(np.log(rounds)))}


def holm(p_values):
    """As the closure of Bonferroni tests: each value's largest adjusted p over all subsets of the family that
    contain it (R. Marcus, E. Peritz and K. R. Gabriel 1976), without any ordering or running maximum."""
    count = len(p_values)
    adjusted = [0.0] * count
    for subset in range(1, 1 << count):
        members = [i for i in range(count) if subset >> i & 1]
        p = min(1.0, len(members) * min(p_values[i] for i in members))
        for i in members:
            adjusted[i] = max(adjusted[i], p)
    return {"p_values": p_values, "adjusted": adjusted}


ANSWERS = {
    "quantiles": [quantiles(times(count, 1)) for count in (1, 2, 9, 40)],
    "medians": [median(times(count, 3), level)
                for count, level in ((6, 0.95), (11, 0.95), (12, 0.95), (40, 0.9), (101, 0.99), (400, 0.95))],
    "ratios": [ratio(6, 10, 1.0), ratio(9, 11, 1.01), ratio(12, 12, 0.99), ratio(15, 20, 1.0),
               ratio(20, 10, 2.5)],
    "geomean": geomean(),
    "holm": [holm([0.01, 0.04, 0.03, 0.005]), holm([0.5, 0.003, 0.32, 0.054, 0.0003]),
             holm([0.02, 0.02, 0.02, 0.9, 1.0, 0.0, 1e-12])],
}
print("{" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in ANSWERS.items()) + "}")
