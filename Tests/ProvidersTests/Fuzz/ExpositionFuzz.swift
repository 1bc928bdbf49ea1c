#if !FUZZING
@testable import Providers
#endif

/// What must hold of a remote kubelet's metrics whatever they are. For libFuzzer (`make fuzz`), and for the fast test
/// that feeds their parser the corpus.
enum ExpositionFuzz {
    /// - Returns: what does not hold; nil if all does.
    static func problem(with bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard case .sample(let sample)? = ExpositionLine(line) else { continue }
            // A number that is none must be told to be none.
            _ = sample.reading
            // Samples are cut up and put together again: what is made of them must mean the same.
            guard case .sample(let again)? = ExpositionLine(written(sample)[...]), isSame(sample, again) else {
                return "a sample is read differently"
            }
        }
        return nil
    }

    private static func written(_ sample: ExpositionLine.Sample) -> [UInt8] {
        var line = Array(sample.name)
        for (number, label) in sample.labels.enumerated() {
            line.append(UInt8(ascii: number == 0 ? "{" : ","))
            line += label.name
            line += "=\"".utf8
            line += label.value
            line.append(UInt8(ascii: "\""))
        }
        if !sample.labels.isEmpty { line.append(UInt8(ascii: "}")) }
        return line + sample.rest
    }

    private static func isSame(_ one: ExpositionLine.Sample, _ other: ExpositionLine.Sample) -> Bool {
        one.name == other.name && one.rest == other.rest
            && one.labels.elementsEqual(other.labels) { $0.name == $1.name && $0.value == $1.value }
    }
}

#if FUZZING
typealias Fuzzed = ExpositionFuzz
#endif
