/// When a token is renewed. Pure.
enum TokenRefresh {
    /// A kubelet's rule (kubernetes pkg/kubelet/token): at 80 % of its life, and not later than after a day. Up to a
    /// tenth of that earlier, so that the pods of one Deployment do not all come at once.
    ///
    /// - Parameters:
    ///   - life: as the server granted it, by its own clock.
    ///   - chance: from 0 to 1.
    static func delay(life: Duration, chance: Double) -> Duration {
        min(life * 0.8, .seconds(86_400)) * (1 - 0.1 * chance)
    }
}
