/// The version of the program.
enum Version {
    static let current = "0.1.0"

    /// What the program calls itself towards API servers.
    static var userAgent: String { "martlet/\(current) (linux/\(architecture))" }

    private static var architecture: String {
        #if arch(arm64)
        "arm64"
        #else
        "amd64"
        #endif
    }
}
