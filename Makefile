# Two commands are all that a newcomer needs: make demo, make test.
.PHONY: demo quality test build setup format lint clean

demo: build
	.build/release/planish run pipelines/demo.yaml

# What each step of the solver is worth, written into docs/quality.md.
quality: build
	scripts/ladder build/ladder "The demo model=demo/model,calibration/general.txt,calibration/heldout.txt" --write docs/quality.md

test: setup
	swift build -c release --build-tests
	swift test -c release --skip-build --disable-xctest

build: setup
	swift build -c release --product planish

setup:
	@scripts/setup

format:
	swift format format -i -r Sources Tests Package.swift

lint:
	swift format lint -r --strict Sources Tests Package.swift

clean:
	rm -rf .build build
