/// Whether the clock of an API server and ours agree. Pure.
///
/// Nothing of martlet's compares the two, but tokens and certificates are good from a time on, and a heartbeat that says
/// another day misleads whoever reads it.
enum ClockCheck {
    private static let good = 5.0
    /// Certificates are usually good from five minutes before they were asked for (kube-controller-manager).
    private static let bearable = 300.0

    /// - Parameters:
    ///   - server: what the server said, in whole seconds since 1970; nil if it did not.
    ///   - now: since 1970.
    static func finding(server: Double?, now: Duration) -> Finding {
        guard let server else { return Finding("clock", .warning, "the server does not tell the time") }
        // It cut off the fraction of its second.
        let skew = now / .seconds(1) - server - 0.5
        let text = "\(Int(abs(skew).rounded())) s \(skew < 0 ? "before" : "behind") this machine's"
        if abs(skew) <= good { return Finding("clock", .ok, "agrees") }
        return Finding(
            "clock",
            abs(skew) <= bearable ? .warning : .failed,
            text,
            remedy: "set one of the clocks: tokens and certificates are good by the time"
        )
    }
}
