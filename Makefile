# Thin on purpose: each target runs a command that the README shows.
.PHONY: setup demo test check lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/debian python3-venv
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	.venv/bin/briefings index examples/briefings
	.venv/bin/briefings ask "what does Russia want from Kim?"
	@echo
	@echo "Now ask your own: .venv/bin/briefings ask \"who fled Karabakh?\""
	@echo "Or open the app:  .venv/bin/briefings app"

test: setup
	@command -v chromium >/dev/null || .ci/debian chromium
	.venv/bin/pytest

check: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

lock: setup
	.venv/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --extra dev \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	  --output-file requirements.lock pyproject.toml
	sed -i 's/+cpu$$//' requirements.lock

clean:
	rm -rf .venv briefings-index build *.egg-info .mypy_cache .pytest_cache .ruff_cache
