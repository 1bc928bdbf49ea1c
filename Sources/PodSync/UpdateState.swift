/// How far an instance follows the in-place changes of its pod.
package enum UpdateState: Equatable, Sendable {
    /// It carries them all.
    case current
    /// They are on their way.
    case pending
    /// Its cluster refuses some of them, in these words.
    case refused(reason: String, message: String)
}
