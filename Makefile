# Lanewise: `make help` lists what can be made.

.DEFAULT_GOAL := help
.PHONY: help build train test test-avx2 test-128 test-java-blas retest-avx2 retest-java-blas \
        check format bench bench-quick bench-check bench-test bindings doc sizes clean jdk

# A JDK 25 or newer: ./lanewise knows where to look. Without one, `make help` and `make clean` still work.
JDK := $(shell ./lanewise --java-home 2>/dev/null)
ifneq ($(JDK),)
export JAVA_HOME := $(JDK)
# Older Mavens use what newer Javas warn of.
MAVEN_OPTS ?= --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
export MAVEN_OPTS
endif
MVN ?= mvn -B -ntp

# Real data and reference results: a folder next to the project serves where no variable names one.
LANEWISE_DATA ?= $(abspath $(wildcard ../shared/data))
LANEWISE_REFERENCE ?= $(abspath $(wildcard ../shared/reference))
TEST_FLAGS = $(if $(LANEWISE_DATA),-Dlanewise.data="$(LANEWISE_DATA)") \
             $(if $(LANEWISE_REFERENCE),-Dlanewise.reference="$(LANEWISE_REFERENCE)")

# What `make train` trains: MNIST where it lies in the data folder, else digits drawn by code.
MNIST := $(if $(LANEWISE_DATA),$(wildcard $(LANEWISE_DATA)/mnist))
MODEL ?= lenet5
DATA ?= $(if $(MNIST),$(MNIST),synthetic-digits)
EPOCHS ?= 5
SEED ?= 1
OUT ?= target/run
# Further options of `./lanewise train`, for example ARGS="--threads 1 --lr 0.01".
ARGS ?=

help: ## list the targets
	@echo "Targets of make:"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

build: target/lanewise.jsa ## compile and package, for ./lanewise

target/lanewise.jar: pom.xml $(shell find src/main -type f) | jdk
	@rm -rf target/lib target/native
	@$(MVN) -q package -Dmaven.test.skip=true
	@touch $@

# The classes that a training loads, checked and laid out: a start takes them from there, and goes without where
# the archive cannot be made. One step of a model of random numbers loads those that matter.
target/lanewise.jsa: target/lanewise.jar lanewise
	@rm -f $@
	@LANEWISE_JAVA_OPTS=-XX:ArchiveClassesAtExit=$@ ./lanewise profile --model lenet5 --warm-up 0 --steps 3 >/dev/null 2>&1 \
	  || echo "lanewise: no archive of classes could be made; it starts without"

train: build ## train LeNet-5 on MNIST, or on synthetic digits where there is none
	@echo "Training $(MODEL) on $(if $(findstring synthetic-digits,$(DATA)),synthetic digits (for MNIST, set LANEWISE_DATA to a folder that holds mnist/),$(DATA))"
	./lanewise train --model $(MODEL) --data "$(DATA)" --epochs $(EPOCHS) --seed $(SEED) --out $(OUT) $(ARGS)

test: jdk ## compile and run all tests
	$(MVN) test $(TEST_FLAGS)

test-avx2: jdk ## run all tests with 256-bit vectors
	$(MVN) test $(TEST_FLAGS) -Dlanewise.test.jvm=-XX:UseAVX=2

test-128: jdk ## run all tests with 128-bit vectors
	$(MVN) test $(TEST_FLAGS) -Dlanewise.test.jvm=-XX:MaxVectorSize=16

test-java-blas: jdk ## run all tests without a native BLAS
	$(MVN) test $(TEST_FLAGS) -Dlanewise.blas=java

# The same on what is compiled already, without looking at the sources again.
retest-avx2: jdk
	$(MVN) surefire:test $(TEST_FLAGS) -Dlanewise.test.jvm=-XX:UseAVX=2

# With caches of small cores, too: kernels then cut their work as they would there.
retest-java-blas: jdk
	$(MVN) surefire:test $(TEST_FLAGS) -Dlanewise.blas=java -Dlanewise.test.jvm=-Dlanewise.caches=32,256

check: jdk ## format, static analysis (Error Prone, NullAway), architecture
	$(MVN) spotless:check test-compile surefire:test -Dtest=ArchitectureTest

format: jdk ## bring all Java sources into google-java-format
	$(MVN) -q spotless:apply

bench: jdk ## measure training steps and kernels beside libtorch, oneDNN and OpenBLAS (more than an hour)
	bench/run --forks 3 $(ARGS)

bench-quick: jdk ## some rows of each family, within five minutes
	bench/run --quick $(ARGS)

bench-check: jdk ## the same, compared with the ratios in bench/baseline.json; fails where one fell
	bench/run --quick --forks 3 --check bench/baseline.json $(ARGS)

bench-test: jdk ## the tests of the benchmarks themselves
	bench/run --build
	cd bench && $(MVN) test

bindings: ## write the OpenBLAS bindings anew, with a jextract on the PATH or in JEXTRACT
	sh jextract/generate.sh

doc: jdk ## write the Javadoc to target/reports/apidocs
	$(MVN) -q compile javadoc:javadoc
	@echo "target/reports/apidocs/index.html"

sizes: ## lines of Java in each package
	@find src -name '*.java' ! -path '*/blas/openblas/*' -exec wc -l {} + \
	  | awk '$$2 ~ /\.java$$/ { sub("/[^/]*$$", "", $$2); sub("/java(/dev/lanewise)?", "", $$2); lines[$$2] += $$1; files[$$2]++ } \
	      END { for (p in lines) printf "%-32s %6d lines %4d files\n", p, lines[p], files[p] }' \
	  | sort

clean: ## remove all that was built
	rm -rf target bench/target

# Says in one line what is missing.
jdk:
	@./lanewise --java-home >/dev/null
