"""The default model with a low-rank change of its weights, read as a cross-encoder of question and quotes.

Only the change is trained and kept (Hu et al., "LoRA", ICLR 2022, https://arxiv.org/abs/2106.09685), with the
layer norms, the two token types and a head: a logit that the text answers, and, in training alone, where it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModel, AutoTokenizer

from bench.answerability.rows import Row
from index.models import DEFAULT_MODEL, DEFAULT_WEIGHTS_SHA256, find_model

RANK = 32
MOST_TOKENS = 160
BATCH = 32
SMOOTHING = 0.05
SPAN_WEIGHT = 0.5


@dataclass(frozen=True)
class Batch:
    """Rows as tensors: ids, mask, types (b, t) long; label (b,) float; first, last (b,) long, 0 for no answer."""

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    label: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus a product of two thin matrices that is learned."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.empty(RANK, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, RANK))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the layer's own output plus the change."""
        return self.base(values) + (values @ self.down.t()) @ self.up.t()


class Network(nn.Module):
    """The changed encoder with its head."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(str(find_model(DEFAULT_MODEL).folder), attn_implementation="sdpa")
        for parameter in self.encoder.parameters():
            parameter.requires_grad = False
        for module in list(self.encoder.encoder.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.Linear):
                    setattr(module, name, LowRank(child))
        for name, parameter in self.encoder.named_parameters():
            if "LayerNorm" in name or "token_type" in name:
                parameter.requires_grad = True
        self.answers = nn.Linear(2 * self.encoder.config.hidden_size, 1)
        self.place = nn.Linear(self.encoder.config.hidden_size, 2)
        self.drop = nn.Dropout(0.1)

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits (b,) that a text answers, and (b, t, 2) that the answer begins and ends at a token."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.encoder(
                input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.types
            ).last_hidden_state
        hidden = hidden.float()
        mask = batch.mask[..., None].float()
        pooled = torch.cat([hidden[:, 0], (hidden * mask).sum(1) / mask.sum(1)], dim=1)
        places = self.place(hidden).masked_fill(batch.mask[..., None] == 0, -1e4)
        return self.answers(self.drop(pooled))[:, 0], places

    def save(self, path: Path) -> None:
        """Write what was learned and is used, as 16-bit numbers."""
        learned = {name: each for name, each in self.named_parameters() if each.requires_grad and "place" not in name}
        tensors = {name: each.detach().half().contiguous() for name, each in learned.items()}
        save_file(tensors, path, metadata={"base_sha256": DEFAULT_WEIGHTS_SHA256})


class Batches:
    """Rows to batches of like length."""

    def __init__(self, rows: list[Row]) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(str(find_model(DEFAULT_MODEL).folder))
        encoded = self._tokenizer(
            [row.question for row in rows],
            [row.text for row in rows],
            truncation="only_second",
            max_length=MOST_TOKENS,
            return_offsets_mapping=True,
        )
        self.rows = rows
        self._ids, self._types = encoded["input_ids"], encoded["token_type_ids"]
        self._places = [
            _tokens_of(row, encoded["offset_mapping"][number], encoded.sequence_ids(number))
            for number, row in enumerate(rows)
        ]

    def length(self, number: int) -> int:
        """Return how many tokens a row has."""
        return len(self._ids[number])

    def batch(self, numbers: list[int]) -> Batch:
        """Return these rows, filled up to the longest."""
        longest = max(self.length(number) for number in numbers)
        fill = self._tokenizer.pad_token_id

        def padded(values: list[list[int]], pad: int) -> torch.Tensor:
            return torch.tensor([values[number] + [pad] * (longest - self.length(number)) for number in numbers])

        return Batch(
            padded(self._ids, fill),
            torch.tensor([[1] * self.length(each) + [0] * (longest - self.length(each)) for each in numbers]),
            padded(self._types, 0),
            torch.tensor([float(self.rows[number].answers) for number in numbers]),
            torch.tensor([self._places[number][0] for number in numbers]),
            torch.tensor([self._places[number][1] for number in numbers]),
        )


def loss_of(network: Network, batch: Batch) -> torch.Tensor:
    """Return the loss of a batch: whether a text answers, and where, which is the first token where it does not."""
    logits, places = network(batch)
    smoothed = batch.label * (1 - 2 * SMOOTHING) + SMOOTHING
    answered = nn.functional.binary_cross_entropy_with_logits(logits, smoothed)
    sure = (batch.label == 0) | (batch.first > 0)  # an answer may lie behind the last token
    first = nn.functional.cross_entropy(places[sure, :, 0], batch.first[sure])
    last = nn.functional.cross_entropy(places[sure, :, 1], batch.last[sure])
    return answered + SPAN_WEIGHT * (first + last) / 2


def scores(network: Network, batches: Batches) -> list[float]:
    """Return the logit of each row."""
    network.eval()
    order = sorted(range(len(batches.rows)), key=batches.length)
    found: dict[int, float] = {}
    with torch.no_grad():
        for at in range(0, len(order), 2 * BATCH):
            numbers = order[at : at + 2 * BATCH]
            found.update(zip(numbers, network(batches.batch(numbers))[0].tolist(), strict=True))
    network.train()
    return [found[number] for number in range(len(batches.rows))]


def _tokens_of(row: Row, offsets: list[tuple[int, int]], sequences: list[int | None]) -> tuple[int, int]:
    """Return the first and the last token of a row's answer, or zeros."""
    if row.span is None:
        return 0, 0
    start, end = row.span
    inside = [
        number
        for number, ((begin, stop), sequence) in enumerate(zip(offsets, sequences, strict=True))
        if sequence == 1 and begin < end and stop > start
    ]
    return (inside[0], inside[-1]) if inside else (0, 0)
