#!/bin/sh
# Makes .venv from the locked requirements. Needs Python 3.11 or newer with pip, and nothing else.
# Usage: tools/setup.sh [PYTHON]
set -eu
cd "$(dirname "$0")/.."

refuse() {
    echo "$1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=${1:-}
if [ -n "$python" ]; then
    is_new_enough "$python" ||
        refuse "Python 3.11 or newer is needed, and $python is not: name one with PYTHON=/path/to/python3."
else
    for candidate in python3.13 python3.12 python3.11 python3; do
        if is_new_enough "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] ||
        refuse "Python 3.11 or newer is needed and none was found: install it or name one with PYTHON=/path/to/python3."
fi

if is_new_enough .venv/bin/python; then
    echo "Updating .venv from requirements.txt."
else
    echo "Making .venv with $("$python" --version); this takes about a minute, once."
    rm -rf .venv
    # Some distributions leave out what gives a new environment its own pip; ours can be lent then.
    "$python" -m venv .venv >/dev/null 2>&1 || "$python" -m venv --without-pip --clear .venv ||
        refuse "$python cannot make a virtual environment: install its venv module."
fi

pip() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip --disable-pip-version-check "$@"
    else
        "$python" -m pip --disable-pip-version-check --python .venv/bin/python "$@"
    fi
}

pip install -qq --require-hashes --requirement requirements.txt ||
    refuse "The requirements could not be installed; pip says why above."
pip install -qq --no-deps --no-build-isolation --editable . ||
    refuse "The package itself could not be installed; pip says why above."
touch .venv/installed
