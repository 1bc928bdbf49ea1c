#!/usr/bin/env bash
# Feeds the HTTP parsers what nobody thought of, with libFuzzer. FUZZ_SECONDS: how long (60). Inputs that reach new code
# are merged into the corpus, which the fast tests read; one that breaks something is kept beside it, and named.
. "$(dirname "$0")/lib.sh"

require_swift
sources=$ROOT/Sources/Transport
tests=$ROOT/Tests/TransportTests/Fuzz
work=$ROOT/.build/fuzz
mkdir -p "$work/found"
say "Building the fuzzer"
swiftc -O -swift-version 6 -D FUZZING -parse-as-library -sanitize=fuzzer,address -package-name martlet -module-name Fuzzing \
    -o "$work/fuzz" "$tests/HTTPFuzz.swift" "$sources"/Server/{HTTPHeadReader,HTTPServerRequest,RequestTarget,BodyDecoder}.swift \
    "$sources"/Tunnel/{AnswerReader,WebSocketFrame}.swift "$sources"/HTTP/{HTTPHeaders,HTTPHead,TransportError}.swift ||
    die "the fuzzer did not build."
say "Fuzzing for ${FUZZ_SECONDS:-60} seconds"
"$work/fuzz" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=2048 -dict="$tests/http.dict" -artifact_prefix="$work/broke-" \
    -print_final_stats=1 "$work/found" "$tests/Corpus" ||
    die "an input broke something; it is in $work." "Mend it, and put the input into $tests/Corpus."
"$work/fuzz" -merge=1 -max_len=2048 "$tests/Corpus" "$work/found" 2>/dev/null || die "the corpus could not be merged."
say "The corpus holds $(find "$tests/Corpus" -type f | wc -l) inputs"
