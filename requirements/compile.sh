#!/usr/bin/env bash
# Pins every dependency with hashes, one file for each thing it serves. Needs uv on the PATH.
#   requirements/compile.sh [--upgrade]
# constraints.txt resolves everything together; each set is then cut from it, so that any two can be
# installed side by side. Files name no index host.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header \
    --no-emit-index-url --no-annotate "$@"; }
build=$(mktemp)
trap 'rm -f "$build"' EXIT
echo "setuptools>=80" > "$build"
compile "$@" pyproject.toml "$build" --all-extras -o requirements/constraints.txt
compile -c requirements/constraints.txt pyproject.toml "$build" --extra embedded -o requirements/run.txt
for extra in api ui dev; do
    compile -c requirements/constraints.txt pyproject.toml "$build" --extra embedded --extra "$extra" -o "requirements/$extra.txt"
done
