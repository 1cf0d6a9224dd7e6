"""Train what tells a question that some quotes answer from one that they only seem to. Not used by `ask` yet.

    python bench/answerability/train.py OUT.safetensors

First on questions that are made of sentences by rule, then on twins.jsonl beside this file, written for this project by
a language model: pairs of passages that differ in some five small things, and for each of these a question that the one
answers and its twin that the other answers (contrast sets: Gardner et al., 2020, https://arxiv.org/abs/2004.02709).
Every question stands with both labels and so does every passage, which leaves nothing to be learned from either alone.
A twelfth of the pairs is held back and reported on. On two cores 402 pairs took 13 minutes.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from sklearn.metrics import roc_auc_score

from bench.answerability.made import made_rows
from bench.answerability.network import BATCH, Batches, Network, loss_of, scores
from bench.answerability.rows import held_back, read_twins, rows_of, trained_on

HERE = Path(__file__).parent
MADE = 9_600
MADE_RATE = 1.5e-3
RATE = 8e-4
EPOCHS = 2
WARM_UP = 0.06  # of the steps
POOL = 50  # batches among which rows of like length are put together
TOLD_EVERY = 100  # steps


def main() -> None:
    """Train, tell of it, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--seed", type=int, default=0)
    call = parser.parse_args()
    torch.manual_seed(call.seed)
    chance = random.Random(call.seed)
    twins = read_twins(HERE / "twins.jsonl")
    seen = trained_on(twins)
    network = Network()
    held = Batches(rows_of(held_back(twins), random.Random(1)))
    _fit(network, Batches(made_rows([passage.text for passage in seen], chance, MADE)), held, chance, MADE_RATE)
    drawn = [row for _ in range(EPOCHS) for row in rows_of(seen, chance, more=True)]
    _fit(network, Batches(drawn), held, chance, RATE)
    network.save(call.out)


def _fit(network: Network, batches: Batches, held: Batches, chance: random.Random, highest: float) -> None:
    """Go once through the rows: AdamW, the rate rising, then falling to nothing."""
    learned = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=highest, weight_decay=0.01)
    steps = list(_batches(batches, chance))
    began = time.monotonic()
    losses: list[float] = []
    for step, numbers in enumerate(steps, start=1):
        rate = highest * min(1.0, step / (WARM_UP * len(steps))) * (1 - (step - 1) / len(steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(network, batches.batch(numbers))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % TOLD_EVERY == 0 or step == len(steps):
            told = f"{_auroc(network, held):.3f}"
            mean = sum(losses[-TOLD_EVERY:]) / len(losses[-TOLD_EVERY:])
            print(
                f"{step}/{len(steps)} {time.monotonic() - began:.0f} s, loss {mean:.3f}, AUROC held back {told}",
                flush=True,
            )


def _auroc(network: Network, batches: Batches) -> float:
    return float(roc_auc_score([row.answers for row in batches.rows], scores(network, batches)))


def _batches(batches: Batches, chance: random.Random) -> Iterator[list[int]]:
    """Yield the numbers of rows of like length, the batches in random order."""
    order = list(range(len(batches.rows)))
    chance.shuffle(order)
    found: list[list[int]] = []
    for at in range(0, len(order), BATCH * POOL):
        alike = sorted(order[at : at + BATCH * POOL], key=batches.length)
        found.extend(alike[first : first + BATCH] for first in range(0, len(alike), BATCH))
    chance.shuffle(found)
    yield from found


if __name__ == "__main__":
    main()
