internal import KubeModel

/// A time span as kubectl writes ages (apimachinery `duration.HumanDuration`): "45s", "3m20s", "5h", "2d3h". Pure.
package enum AgeText {
    package static func text(_ age: Duration) -> String {
        let seconds = age.components.seconds
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        return switch seconds {
        case ..<0: "0s"
        case ..<120: "\(seconds)s"
        case ..<600: joined(minutes, "m", seconds % 60, "s")
        case ..<(3 * 3_600): "\(minutes)m"
        case ..<(8 * 3_600): joined(hours, "h", minutes % 60, "m")
        case ..<(48 * 3_600): "\(hours)h"
        case ..<(8 * 86_400): joined(days, "d", hours % 24, "h")
        case ..<(2 * 365 * 86_400): "\(days)d"
        case ..<(8 * 365 * 86_400): joined(days / 365, "y", days % 365, "d")
        default: "\(days / 365)y"
        }
    }

    /// The time since an RFC 3339 text.
    ///
    /// - Parameter now: since 1970.
    package static func since(_ time: String?, now: Duration) -> String {
        guard let seconds = time.flatMap(Timestamp.parse) else { return "<unknown>" }
        return text(now - .seconds(seconds))
    }

    private static func joined(_ large: Int64, _ unit: String, _ small: Int64, _ part: String) -> String {
        small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(part)"
    }
}
