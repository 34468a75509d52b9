#!/usr/bin/env bash
# Installs the checker of the Python package `onnx` into .cache/onnx-checker/, for the tests of exported files.
#
# Needs python3 with venv and pip; 15 seconds once, nothing afterwards. PYTHON names another program.
set -euo pipefail

version=1.23.2
place=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.cache/onnx-checker

if ! "$place/bin/python3" -c "import onnx; assert onnx.__version__ == '$version'" 2>/dev/null; then
  "${PYTHON:-python3}" -m venv --clear "$place"
  "$place/bin/python3" -m pip install --quiet --disable-pip-version-check "onnx==$version"
fi
printf 'setup:onnx: onnx %s in %s\n' "$version" "$place"
