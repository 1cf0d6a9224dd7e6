"""How well the confidence of an answer tells questions that the corpus answers from those that it does not.

    python bench/refusal.py --cache /tmp/quality

Each set's corpus is asked its own questions and as many questions of the other sets. For each set the four
weights are fitted on the other sets (scikit-learn's logistic regression) and reported on it: AUROC, and the share
of own and of foreign questions that would be answered. The last lines are the weights over all sets
and those that search/confidence.py holds, which says why one of them is another.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.quality import DATA
from index.build import build
from search.answer import ANSWERED_FROM
from search.confidence import INTERCEPT, LEAST_CONFIDENCE, WEIGHTS, Evidence, weigh
from search.searcher import Searcher
from search.trec import read_queries

SETS = (
    "time-1963",
    "whitehouse-briefings-2016",
    "realtimeqa-evidence-2020-2024",
    "rgb-en-fact",
    "ester-news-qa",
    "xquad-en",
)
OWN = 100


def main() -> None:
    """Print a Markdown table, a row a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for the indexes")
    cache = parser.parse_args().cache
    chance = random.Random(1)
    questions = {name: [query.text for query in read_queries(DATA / name / "queries.jsonl")] for name in SETS}
    measured, own = {}, {}
    for name in SETS:
        build(cache / name, [DATA / name / "corpus.jsonl"])
        others = [text for other in SETS if other != name for text in chance.sample(questions[other], OWN // 5)]
        asked = [*chance.sample(questions[name], min(OWN, len(questions[name]))), *others]
        measured[name] = evidence(cache / name, asked)
        own[name] = np.arange(len(asked)) < len(asked) - len(others)
    print("| set | AUROC, fitted on the other sets | AUROC as shipped | own answered | foreign answered |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in SETS:
        rest = [other for other in SETS if other != name]
        fitted = fit(np.vstack([measured[other] for other in rest]), np.concatenate([own[other] for other in rest]))
        unseen = roc_auc_score(own[name], fitted.predict_proba(measured[name])[:, 1])
        shipped = confidences(measured[name])
        answered = shipped >= ANSWERED_FROM
        print(
            f"| {name} | {unseen:.3f} | {roc_auc_score(own[name], shipped):.3f} |"
            f" {answered[own[name]].mean():.2f} | {answered[~own[name]].mean():.2f} |"
        )
    print_risks(measured, own)
    everywhere = fit(np.vstack(list(measured.values())), np.concatenate(list(own.values())))
    print(f"\nfitted on all: intercept {everywhere.intercept_[0]:.1f}, weights {everywhere.coef_[0].round(1).tolist()}")
    print(f"shipped: intercept {INTERCEPT}, weights {list(WEIGHTS.values())}")


def print_risks(measured: dict[str, np.ndarray], own: dict[str, np.ndarray]) -> None:
    """Print what `--max-risk` reaches: weights and threshold from the other sets, risk and coverage on each set."""
    shipped = np.concatenate([confidences(measured[name]) for name in SETS])
    whose = np.concatenate([own[name] for name in SETS])
    print("\n| max risk | least confidence, all sets | as shipped | risk reached, each set unseen | own answered |")
    print("| ---: | ---: | ---: | --- | --- |")
    for risk, least in LEAST_CONFIDENCE.items():
        reached, covered = [], []
        for name in SETS:
            rest = [other for other in SETS if other != name]
            seen, truth = np.vstack([measured[other] for other in rest]), np.concatenate([own[other] for other in rest])
            fitted = fit(seen, truth)
            least_here = threshold(fitted.predict_proba(seen)[:, 1], truth, risk)
            answered = fitted.predict_proba(measured[name])[:, 1] >= least_here
            reached.append((~own[name][answered]).mean())
            covered.append(answered[own[name]].mean())
        print(
            f"| {risk} | {threshold(shipped, whose, risk):.2f} | {least} |"
            f" {np.mean(reached):.3f} ({', '.join(f'{each:.2f}' for each in reached)}) |"
            f" {np.mean(covered):.2f} ({', '.join(f'{each:.2f}' for each in covered)}) |"
        )


def threshold(confidence: np.ndarray, own: np.ndarray, risk: float) -> float:
    """Return the least confidence from which on at most `risk` of the questions are foreign."""
    order = np.argsort(-confidence)
    fitting = np.cumsum(~own[order]) <= risk * np.arange(1, len(order) + 1)
    return float(confidence[order][np.flatnonzero(fitting).max()]) if fitting.any() else 1.0


def confidences(measured: np.ndarray) -> np.ndarray:
    """Return what search/confidence.py makes of late, dense, coverage and unnamed, (n, 4)."""
    return np.array([Evidence(*row, found=(), missing=()).confidence for row in measured])


def evidence(folder: Path, questions: list[str]) -> np.ndarray:
    """Return late, dense, coverage and unnamed of each question, (n, 4)."""
    with Searcher.open(folder) as briefings:
        rows = []
        for text in questions:
            answer = briefings.ask(text)
            found = weigh(briefings.store, briefings.names, briefings.read(text), answer.hits)
            rows.append((found.late, found.dense, found.coverage, found.unnamed))
    return np.array(rows)


def fit(measured: np.ndarray, own: np.ndarray) -> LogisticRegression:
    """Fit the four weights."""
    return LogisticRegression(C=10, max_iter=1000).fit(measured, own)


if __name__ == "__main__":
    main()
