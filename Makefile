# From a clean clone:  make book   (then: make serve)
# Needs git, make and Python 3.11 or newer; everything else goes into .venv.

PYTHON  ?= python3
PROFILE ?=

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --constraint constraints.txt --editable

.PHONY: help book serve pdf sync test test-all faults bench matrix screenshots constraints clean distclean

help:
	@echo "make book          install into $(VENV), run every chapter, build the pages"
	@echo "make serve         show the pages in a browser"
	@echo "make pdf           the whole book as one file, _build/book.pdf; it needs Chromium"
	@echo "make sync          pair chapters/*.md with notebooks/*.ipynb, in both directions"
	@echo "make test          style, types and all tests but the slow ones"
	@echo "make test-all      the same with the slow tests"
	@echo "make faults        break things on purpose and count what is lost: data/trust, for the page on checks"
	@echo "make bench         measure the speed against peers and the machine's limit, about twenty minutes"
	@echo "make matrix        run it on each Python, as another user, without network, ...: the table in CONTRIBUTING.md"
	@echo "make screenshots   a picture of every page in _build/screenshots"
	@echo "make constraints   install the newest packages aside and write their versions to constraints.txt"
	@echo "make clean         remove the pages; trained models stay"
	@echo "make distclean     remove everything that git does not know but your data: $(VENV), runs, pages"
	@echo
	@echo "PYTHON=python3.12 chooses the interpreter, PROFILE=smoke|quick|full|paper trains again, so much of it."

# ---- the environment: a stamp a set of packages, so that a second run installs nothing ----

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("lowdiff needs Python 3.11 or newer, but $(PYTHON) is " + sys.version.split()[0] + "; try: make PYTHON=python3.12 $(MAKECMDGOALS)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.book-installed: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@echo "installing into $(VENV): several gigabytes the first time, most of them PyTorch"
	$(INSTALL) .
	@touch $@

$(VENV)/.tests-installed: $(VENV)/.book-installed
	$(INSTALL) '.[test]'
	@touch $@

# ---- the book ----

book: $(VENV)/.book-installed
	$(BIN)/lowdiff build $(if $(PROFILE),--profile $(PROFILE))

serve: $(VENV)/.book-installed
	$(BIN)/lowdiff serve

pdf: $(VENV)/.book-installed
	$(BIN)/python -m lowdiff_lib.book.paper

sync: $(VENV)/.book-installed
	$(BIN)/lowdiff sync

# ---- checks ----

# Processes: one more than the cores of a small machine, as some of them wait, for a page or another process.
TESTERS ?= 3

test: checks
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder -m 'not slow'

test-all: checks
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder

faults: $(VENV)/.tests-installed
	rm -rf _build/faults
	nice $(BIN)/python -m pytest tests/trust; status=$$?; $(BIN)/python tests/trust/faults.py && exit $$status

.PHONY: checks
checks: $(VENV)/.tests-installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.tests-installed
	$(BIN)/python -m benchmarks

matrix: $(VENV)/.tests-installed
	$(BIN)/python tests/matrix.py

screenshots: $(VENV)/.tests-installed
	$(BIN)/python tests/browser/screenshots.py

# ---- pinned versions ----

FRESH := _build/fresh-venv
OLDER := 'soupsieve<3'   # newer ones ask for Python 3.11.5, and Debian 12 has 3.11.2

constraints:
	rm -rf $(FRESH)
	$(PYTHON) -m venv $(FRESH)
	$(FRESH)/bin/python -m pip install --quiet --editable '.[test,cluster]' $(OLDER)
	$(FRESH)/bin/python -m pip check
	{ sed -n '/^#/p' constraints.txt; $(FRESH)/bin/python -m pip freeze --exclude-editable \
	    | grep -v -E '^(nvidia|cuda|triton)'; } > _build/constraints.txt
	mv _build/constraints.txt constraints.txt
	rm -rf $(FRESH)

# ---- tidying ----

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean
	rm -rf $(VENV) runs data/cache *.egg-info
