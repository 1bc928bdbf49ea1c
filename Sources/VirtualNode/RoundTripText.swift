/// A round trip as the node's annotation has it: milliseconds with a tenth ("27.4ms"). Pure.
enum RoundTripText {
    static func format(_ roundTrip: Duration) -> String {
        let tenths = Int64((roundTrip / .microseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10)ms"
    }

    /// nil for what is not one.
    static func parse(_ text: String) -> Duration? {
        guard text.hasSuffix("ms"), let milliseconds = Double(text.dropLast(2)), milliseconds.isFinite else {
            return nil
        }
        return .microseconds(Int64((min(max(milliseconds, 0), 1e9) * 1000).rounded()))
    }

    /// Whether a round trip differs from the one that was told by so much that people should know: by a tenth, and by
    /// more than a busy machine adds.
    static func isNews(_ found: Duration, after told: Duration) -> Bool {
        let difference = found > told ? found - told : told - found
        return difference > max(told / 10, .microseconds(300))
    }
}
