/// Whether a release of Kubernetes is one that martlet knows. Pure.
enum ReleaseCheck {
    /// The minor numbers of 1.x: the oldest that is supported, and the newest that was run.
    static let known = 20...36

    /// - Parameter version: as servers tell it ("v1.31.2-gke.1").
    static func finding(_ version: String) -> Finding {
        let parts = version.drop { $0 == "v" }.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
            return Finding("release", .warning, "\"\(version)\" is no release of Kubernetes that can be read")
        }
        if major < 1 || (major == 1 && minor < known.lowerBound) {
            return Finding("release", .failed, version, remedy: "1.\(known.lowerBound) is the oldest that is supported")
        }
        if major > 1 || minor > known.upperBound {
            return Finding("release", .warning, "\(version) is newer than what was tried (1.\(known.upperBound))")
        }
        return Finding("release", .ok, version)
    }
}
