internal import Glibc

/// What values an option takes.
enum OptionKind: Sendable, Equatable {
    /// Present or not; takes no value.
    case toggle
    case text
    /// A file; in a configuration file it is relative to that file.
    case path
    /// An IPv4 or IPv6 address.
    case address
    /// An IPv4 address and a port, 0 for any.
    case listener
    case integer(ClosedRange<Int>)
    case duration(ClosedRange<Duration>)
    case choice([String])
}

/// A value that its option accepts.
enum OptionValue: Sendable, Equatable {
    case on
    case text(String)
    case integer(Int)
    case listener(host: String, port: UInt16)
    case duration(Duration)
}

/// Why a text is no value of an option: the second half of a sentence that begins with the option.
struct OptionValueError: Error, Equatable {
    let message: String
}

extension OptionKind {
    /// The value that `text` stands for.
    func parse(_ text: String) throws(OptionValueError) -> OptionValue {
        switch self {
        case .toggle:
            throw OptionValueError(message: "takes no value")
        case .text, .path:
            guard !text.isEmpty else { throw OptionValueError(message: "must not be empty") }
            return .text(text)
        case .address:
            guard Self.isAddress(text) else {
                throw OptionValueError(message: "must be an IP address, not \"\(text)\"")
            }
            return .text(text)
        case .listener:
            return try Self.listener(text)
        case .integer(let range):
            guard let value = Int(text), range.contains(value) else {
                throw OptionValueError(
                    message: "must be an integer from \(range.lowerBound) to \(range.upperBound), not \"\(text)\""
                )
            }
            return .integer(value)
        case .duration(let range):
            guard let value = GoDuration.parse(text), range.contains(value) else {
                let bounds = "\(GoDuration.text(range.lowerBound)) to \(GoDuration.text(range.upperBound))"
                throw OptionValueError(message: "must be a duration from \(bounds) such as 1m30s, not \"\(text)\"")
            }
            return .duration(value)
        case .choice(let words):
            guard words.contains(text) else {
                throw OptionValueError(message: "must be one of \(words.joined(separator: ", ")), not \"\(text)\"")
            }
            return .text(text)
        }
    }

    private static func listener(_ text: String) throws(OptionValueError) -> OptionValue {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var four = in_addr()
        guard parts.count == 2, let port = UInt16(parts[1]), inet_pton(AF_INET, String(parts[0]), &four) == 1 else {
            throw OptionValueError(
                message: "must be an IPv4 address and a port such as 127.0.0.1:8080, not \"\(text)\""
            )
        }
        return .listener(host: String(parts[0]), port: port)
    }

    private static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }
}
