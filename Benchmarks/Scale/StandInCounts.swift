import KubeModel

/// What stand-ins have done of what they are asked to do badly, since they were started.
struct StandInCounts: Sendable, Equatable {
    /// Events of a flood whose bytes a connection has taken.
    var floodEvents: Int64 = 0
    var floodBytes: Int64 = 0
    /// Answers that were held back, also those that nobody waited for.
    var lateAnswers: Int64 = 0
    /// Watches that were ended with 410.
    var forgottenWatches: Int64 = 0

    init() {}

    init(_ json: JSON) {
        floodEvents = json["floodEvents"]?.int ?? 0
        floodBytes = json["floodBytes"]?.int ?? 0
        lateAnswers = json["lateAnswers"]?.int ?? 0
        forgottenWatches = json["forgottenWatches"]?.int ?? 0
    }

    var json: JSON {
        [
            "floodEvents": .int(floodEvents), "floodBytes": .int(floodBytes), "lateAnswers": .int(lateAnswers),
            "forgottenWatches": .int(forgottenWatches),
        ]
    }

    /// Whether each way of misbehaving has been felt since.
    func hasMisbehaved(since earlier: StandInCounts) -> Bool {
        let later = self - earlier
        return later.floodEvents > 0 && later.lateAnswers > 0 && later.forgottenWatches > 0
    }

    static func + (left: StandInCounts, right: StandInCounts) -> StandInCounts { combine(left, right, +) }

    static func - (later: StandInCounts, earlier: StandInCounts) -> StandInCounts { combine(later, earlier, -) }

    private static func combine(
        _ left: StandInCounts,
        _ right: StandInCounts,
        _ operation: (Int64, Int64) -> Int64
    ) -> StandInCounts {
        var result = StandInCounts()
        result.floodEvents = operation(left.floodEvents, right.floodEvents)
        result.floodBytes = operation(left.floodBytes, right.floodBytes)
        result.lateAnswers = operation(left.lateAnswers, right.lateAnswers)
        result.forgottenWatches = operation(left.forgottenWatches, right.forgottenWatches)
        return result
    }
}
