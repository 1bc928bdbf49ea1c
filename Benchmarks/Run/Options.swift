/// Arguments of the form `--name value`.
struct Options {
    private var values: [String: String] = [:]

    init(_ arguments: [String]) throws(BenchmarkError) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard flag.hasPrefix("--"), let value = rest.popFirst() else {
                throw BenchmarkError("'\(flag)' is not an option with a value")
            }
            values[String(flag.dropFirst(2))] = value
        }
    }

    mutating func text(_ name: String) -> String? { values.removeValue(forKey: name) }

    mutating func required(_ name: String) throws(BenchmarkError) -> String {
        guard let text = text(name) else { throw BenchmarkError("--\(name) is missing") }
        return text
    }

    mutating func number(_ name: String) throws(BenchmarkError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), number >= 0 else { throw BenchmarkError("--\(name) must be a number") }
        return number
    }

    /// Numbers from 1 on, separated by commas.
    mutating func numbers(_ name: String) throws(BenchmarkError) -> [Int]? {
        guard let text = text(name) else { return nil }
        let numbers = text.split(separator: ",").compactMap { Int($0) }.filter { $0 > 0 }
        guard !numbers.isEmpty, numbers.count == text.split(separator: ",").count else {
            throw BenchmarkError("--\(name) must be numbers from 1 on, separated by commas")
        }
        return numbers
    }

    func checkAllUsed() throws(BenchmarkError) {
        guard let unknown = values.keys.sorted().first else { return }
        throw BenchmarkError("--\(unknown) is not known")
    }
}
