#!/usr/bin/env bash
# Runs Python tests with an extension that ThreadSanitizer watches; arguments go to pytest.
#
#   scripts/thread-sanitizer                 all that run threads of ours
#   scripts/thread-sanitizer --short         what CI has the time for
#   scripts/thread-sanitizer FILE -k NAME    as pytest
#
# Python itself is not compiled for it: its locks are seen, its memory is not. What is found stands in
# build/tsan/python/reports and fails the run, also what a process finds that a test started.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
real=$(command -v "${PYTHON:-python}")
folder=$root/build/tsan/python
reports=$folder/reports

# The extension: the libraries are those of the C++ tests.

# The package with that extension, in front of any other.
rm -rf "$folder"
mkdir -p "$folder/site/bitscb3" "$reports"
for entry in python/bitscb3/*; do
    case $entry in *.so | *__pycache__) ;; *) ln -s "$root/$entry" "$folder/site/bitscb3/" ;; esac
done
ln -s "$root"/build/tsan-python/_core*.so "$folder/site/bitscb3/"
ln -s "$root/python/pytest_bitscb3" "$root/tests/sanitizer/sitecustomize.py" "$folder/site/"

# The launcher, which is sys.executable to what runs in it. setarch: GCC 12's and 13's know the layout
# of memory only as it is without randomization, where the kernel randomizes many bits.
library=$("${CXX:-c++}" -print-file-name=libtsan.so)
fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"
cat >"$folder/python" <<LAUNCHER
#!/bin/sh
export LD_PRELOAD='$(realpath "$library")' BITSCB3_SANITIZED_PYTHON="\$0"
exec $fixed '$real' "\$@"
LAUNCHER
chmod +x "$folder/python"
export PYTHONPATH=$folder/site BITSCB3_SLOWNESS=${BITSCB3_SLOWNESS:-5}
# die_after_fork: Python's fork in a program with threads; the child then runs on.
options="suppressions=$root/tests/sanitizer/thread.supp ignore_noninstrumented_modules=1 die_after_fork=0"
options="$options second_deadlock_stack=1 exitcode=66"

# Can it fail at all? Two threads of Python race in a library of which that is known.
"${CXX:-c++}" -fsanitize=thread -g -O1 -shared -fPIC tests/sanitizer/planted_race.cpp -o "$folder/planted_race.so"
if TSAN_OPTIONS="$options log_path=$folder/planted" "$folder/python" -c "
import ctypes, threading
touch = ctypes.CDLL('$folder/planted_race.so').touch
threads = [threading.Thread(target=touch) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
" || ! grep -q "data race.*planted_race" "$folder"/planted.*; then
    echo "ThreadSanitizer did not report a race that is there" >&2
    exit 1
fi

# Without what only draws, reads text, measures time or compiles.
if [ $# = 0 ]; then
    set -- tests/python
    for file in benchmarks cli_docs codebase docs embedding pages pictures readme site; do
        set -- "$@" --ignore "tests/python/test_$file.py"
    done
elif [ "$1" = --short ]; then
    shift
    set -- tests/python/test_handlers.py "$@"
fi
status=0
TSAN_OPTIONS="$options log_path=$reports/report" "$folder/python" -m pytest "$@" || status=$?
found=$(find "$reports" -type f | wc -l)
if [ "$found" -gt 0 ]; then
    cat "$reports"/*
    echo "ThreadSanitizer found something in $found processes; see $reports" >&2
    exit 1
fi
exit "$status"
