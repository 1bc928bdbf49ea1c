/// How a stand-in for an API server behaves.
enum Manner: Sendable, Equatable {
    /// Answers at once, and has nothing to tell.
    case calm
    /// Takes this long for each answer.
    case stuck(Duration)
    /// Tells so many changes of a pod every second, by each watch of pods.
    case flooding(perSecond: Int)
    /// Ends each watch at once, because it has forgotten where the watch would go on (410).
    case forgetful

    /// What is told of one cluster each, among many that behave.
    ///
    /// - Parameter flood: how many changes a second one of them tells by each watch of pods.
    static func disturbances(flood: Int) -> [Manner] {
        [.stuck(.seconds(10)), .flooding(perSecond: flood), .forgetful]
    }

    /// How many clusters misbehave in one of ``disturbances(flood:)`` each.
    static let disturbanceCount = disturbances(flood: 0).count

    var title: String {
        switch self {
        case .calm: "calm"
        case .stuck(let time): "stuck (each answer takes \(time.components.seconds) s)"
        case .flooding(let rate): "flooding (\(rate) events/s by each watch of pods)"
        case .forgetful: "forgetful (410 to every watch)"
        }
    }
}
