#!/usr/bin/env bash
# swift-format strict over every source; the compiler's part (warnings as errors, the rooms' import rules) is in the build.
. "$(dirname "$0")/lib.sh"

require_swift
cd "$ROOT"
swift format lint --strict --parallel --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks ||
    die "swift-format found something." "'make format' rewrites what it can; the rest is named above."
for script in scripts/*.sh .ci/run; do
    bash -n "$script" || die "$script is not valid bash."
done
say "Clean"
