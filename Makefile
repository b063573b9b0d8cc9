# Two commands are all that a newcomer needs: make demo, make test.
.PHONY: mpi site demo package quality real bench test test-kernels sanitize build setup format lint clean

demo: build
	.build/release/planish run pipelines/demo.yaml

# What each step of the solver is worth, written into docs/quality.md: on the demo model, on its twin with outlier channels, and on
# the model of real text that lies beside a checkout where there is one. The twin is made with Python.
SHARED ?= ../shared
ladder = "The demo model=demo/model,calibration/general.txt,calibration/heldout.txt" \
  "Its twin with outlier channels=build/twin,calibration/general.txt,calibration/heldout.txt"
ifneq ($(wildcard $(SHARED)/models/wikicode-6m),)
real = $(SHARED)/models/wikicode-6m,$(SHARED)/corpora/wikicode-calibration.txt,$(SHARED)/corpora/wikitext2-heldout.txt
ladder += "A model of real text=$(real)"
endif

quality: build build/twin
	scripts/ladder build/ladder $(ladder) --types q4_0 --write docs/quality.md

# Published models at every type that their rows hold, beside stock llama.cpp; written into docs/quality.md. Takes hours.
real: build
	scripts/real build/real

build/twin: demo/outlier_twin.py demo/model/model.safetensors
	scripts/setup python3-venv
	python3 -m venv build/twin-venv
	build/twin-venv/bin/pip install --quiet 'numpy>=2' 'safetensors==0.8.0'
	build/twin-venv/bin/python demo/outlier_twin.py demo/model build/twin

# Speed and memory on this machine, beside llama.cpp and, with GPTQMODEL_PYTHON, beside GPTQModel; written into docs/performance.md.
bench: build
	swift build -c release --product bench
	scripts/bench build/bench $(if $(real),"A model of real text=$(real)") --random 1b:4 --write docs/performance.md

test: setup
	swift build -c release --build-tests
	env $$(scripts/test-kernels --environment) swift test -c release --skip-build --disable-xctest

# The numeric suites under every kernel of OpenBLAS that this processor runs.
test-kernels: setup
	swift build -c release --build-tests
	scripts/test-kernels

# The suites of the lowest targets under thread and address sanitizers.
sanitize: setup
	scripts/sanitize

build: setup
	swift build -c release --product planish

setup:
	@scripts/setup

# The same program with ranks, for `mpirun` (docs/cluster.md), in the place of the one without. MPI=mpich for MPICH.
MPI ?= ompi-c
mpi: setup
	@scripts/setup $(if $(filter mpich,$(MPI)),mpich libmpich-dev,openmpi-bin libopenmpi-dev)
	PLANISH_MPI=$(MPI) swift build -c release --product planish

# A .deb and a relocatable tar archive in build/package.
package: setup
	scripts/package

# The documentation as plain pages: build/site/index.html.
site:
	scripts/site --check
	scripts/site

format:
	swift format format -i -r Sources Tests Benchmarks Package.swift

lint:
	swift format lint -r --strict Sources Tests Benchmarks Package.swift

clean:
	rm -rf .build build
