#!/bin/sh
# Runs tests/saleor with the interpreter of a Saleor shop: test_saleor.sh <interpreter> [pytest's arguments]
set -eu
cd "$(dirname "$0")/.."

python=${1:-}
[ $# -gt 0 ] && shift
if [ -z "$python" ]; then
    echo "Say which Saleor: make test-saleor SALEOR_PYTHON=<interpreter that imports saleor>" >&2
    exit 2
fi
if ! "$python" -c 'import saleor' 2>/dev/null; then
    echo "$python cannot import saleor; give the interpreter of a Saleor shop, and PYTHONPATH if its code is not installed." >&2
    exit 2
fi
if ! "$python" -c 'import pytest, pytest_django, pytest_socket, time_machine, hypothesis' 2>/dev/null; then
    echo "$python lacks the test tools; install: pytest pytest-django pytest-socket time-machine hypothesis trimesh" >&2
    exit 2
fi
case "$*" in
*tests/*) ;;
*) set -- "$@" tests/saleor ;;
esac
PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" SECRET_KEY="${SECRET_KEY:-only-for-tests}" \
    exec "$python" -m pytest -c tests/saleor/pytest.ini --rootdir=. --confcutdir=. --quiet "$@"
