#!/usr/bin/env bash
# Builds martlet and the testbed: build.sh debug|release [PRODUCT…]
. "$(dirname "$0")/lib.sh"

configuration=${1:-release}
shift || true
require_swift
"$ROOT/scripts/packages.sh" build
require_disk "$ROOT" 2000 "the build"
say "Building martlet, $configuration (usually 3 to 6 minutes the first time on 2 cores, seconds after that)"
arguments=(build --package-path "$ROOT" -c "$configuration" --explicit-target-dependency-import-check error)
if [ "$#" -eq 0 ]; then
    progress "$CACHE/log/build-$configuration.log" "build" swift "${arguments[@]}" ||
        die "martlet did not build." "The whole output is in $CACHE/log/build-$configuration.log."
fi
for product in "$@"; do
    progress "$CACHE/log/build-$product.log" "$product" swift "${arguments[@]}" --product "$product" ||
        die "$product did not build." "The whole output is in $CACHE/log/build-$product.log."
done
