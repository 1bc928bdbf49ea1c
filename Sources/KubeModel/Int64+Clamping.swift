extension Int64 {
    /// The whole number nearest to it towards zero; the largest or smallest there is for what is beyond them, and 0 for
    /// what is no number. For what others measured: a conversion that can't be made would end the process.
    package init(clamping value: Double) {
        guard !value.isNaN else {
            self = 0
            return
        }
        self = Int64(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
}

extension Sequence where Element == Int64 {
    /// The sum, or the end of the range that it lies beyond; beyond 2^53 as near as a `Double` comes.
    package var clampedSum: Int64 { Int64(clamping: reduce(0.0) { $0 + Double($1) }) }
}
