#!/usr/bin/env bash
# Removes what a crashed run of the testbed left on the machine, then the build's output. The cache stays.
. "$(dirname "$0")/lib.sh"

testbed=""
for configuration in release debug; do
    [ -x "$ROOT/.build/$configuration/martlet-testbed" ] && testbed="$ROOT/.build/$configuration/martlet-testbed" && break
done
if [ -n "$testbed" ]; then
    "$testbed" clean || die "not everything that was left could be removed; it is named above."
fi
rm -rf "$ROOT/.build"
say "Clean. The cache of Kubernetes and packages stays in $CACHE; remove it by hand if you like."
