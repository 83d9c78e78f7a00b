# Sourced by `run` and `bench` with $here set: $venv, a virtual environment with what requirements.txt pins.
venv=$here/.venv

# Made again when the pins change or the interpreter under it has gone.
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt" || ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
