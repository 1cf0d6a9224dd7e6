"""Quality on the samples stays above its floors, and floors fall only when somebody says so."""

import json

from bench import floors


def test_quality_is_above_its_floors(tmp_path):
    assert floors.failing(floors.measure(tmp_path)) == []


def test_a_figure_below_its_floor_and_changed_questions_are_named(tmp_path, monkeypatch):
    path = tmp_path / "floors.json"
    path.write_text(json.dumps({"questions_sha256": "of others", "floors": {"nDCG@10": 0.9}}), encoding="utf-8")
    monkeypatch.setattr(floors, "FLOORS", path)
    low, changed = floors.failing({"nDCG@10": 0.89})
    assert "its floor 0.9000" in low
    assert "measure again" in changed


def test_floors_rise_by_themselves_and_fall_only_when_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(floors, "FLOORS", tmp_path / "floors.json")
    floors.write({"nDCG@10": 0.9}, allow_lower=False)
    floors.write({"nDCG@10": 0.8}, allow_lower=False)
    assert floors.failing({"nDCG@10": 0.894}) != []
    floors.write({"nDCG@10": 0.8}, allow_lower=True)
    assert floors.failing({"nDCG@10": 0.796}) == []
