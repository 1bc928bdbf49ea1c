#if FUZZING
/// libFuzzer's way in. `scripts/fuzz.sh` builds it together with the file that says what is `Fuzzed`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let problem = Fuzzed.problem(with: input) { fatalError(problem) }
    return 0
}
#endif
