#!/usr/bin/env bash
# Feeds the parsers of what others send what nobody thought of, with libFuzzer: those of HTTP, of a kubelet's metrics and of
# a command's output. FUZZ_SECONDS: how long each (60). Inputs that reach new code are merged into the corpus, which the
# fast tests read; one that breaks something is kept in .build/fuzz, and named.
. "$(dirname "$0")/lib.sh"

require_swift
sources=$ROOT/Sources
work=$ROOT/.build/fuzz
mkdir -p "$work"
flags=(-O -swift-version 6 -enable-upcoming-feature InternalImportsByDefault -D FUZZING -parse-as-library
    -sanitize=fuzzer,address -package-name martlet -I "$work")

# module NAME SOURCE…: makes NAME.o and what importing it takes.
module() {
    swiftc "${flags[@]}" -wmo -emit-object -emit-module -emit-module-path "$work/$1.swiftmodule" -module-name "$1" \
        -o "$work/$1.o" "${@:2}" || die "module $1 did not build."
}

# fuzz TESTS NAME INPUT…: builds NAME.swift of the tests with these inputs, and feeds it their corpus and more.
fuzz() {
    local folder=$ROOT/Tests/$1/Fuzz program=$work/$2 found=$work/found-$2 options=(-max_len=2048)
    if [ -f "$folder/http.dict" ]; then options+=("-dict=$folder/http.dict"); fi
    mkdir -p "$found"
    say "Building $2"
    swiftc "${flags[@]}" -module-name Fuzzing -o "$program" "$folder/$2.swift" \
        "$ROOT/Tests/TestSupport/FuzzEntry.swift" "${@:3}" || die "$2 did not build."
    say "Fuzzing for ${FUZZ_SECONDS:-60} seconds"
    "$program" "${options[@]}" -max_total_time="${FUZZ_SECONDS:-60}" -artifact_prefix="$work/broke-" -print_final_stats=1 \
        "$found" "$folder/Corpus" ||
        die "an input broke something; it is in $work." "Mend it, and put the input into $folder/Corpus."
    "$program" "${options[@]}" -merge=1 "$folder/Corpus" "$found" 2>/dev/null || die "the corpus could not be merged."
    say "The corpus holds $(find "$folder/Corpus" -type f | wc -l) inputs"
}

fuzz TransportTests HTTPFuzz \
    "$sources"/Transport/Server/{AnswerEncoding,HTTPHeadReader,HTTPServerRequest,RequestTarget,BodyDecoder}.swift \
    "$sources"/Transport/Tunnel/{AnswerReader,RelayedAnswer,WebSocketFrame}.swift \
    "$sources"/Transport/HTTP/{HTTPHeaders,HTTPHead,TransportError}.swift

fuzz ProvidersTests ExpositionFuzz "$sources/Providers/Usage/ExpositionLine.swift"

# What a command's output is read with: frames, and JSON by the C++ library.
printf 'module CJSON { header "%s" export * }\n' "$sources/Native/CJSON/include/cjson.h" >"$work/module.modulemap"
clang++ -O1 -std=c++17 -I "$sources/Native/CJSON/include" -c "$sources/Native/CJSON/cjson.cpp" -o "$work/CJSON.o" ||
    die "CJSON did not build."
module Transport "$sources/Transport/Tunnel/WebSocketFrame.swift"
module KubeModel "$sources"/KubeModel/*.swift
fuzz VirtualNodeTests CommandFuzz "$sources/VirtualNode/Kubelet/CommandOutput.swift" "$work"/{Transport,KubeModel,CJSON}.o \
    -lsimdjson -lstdc++
