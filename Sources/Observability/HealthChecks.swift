import Synchronization

/// Named checks behind one health endpoint (`/livez`, `/readyz`), answered the way a Kubernetes component does.
///
/// Checks must be quick and must not wait: they read what the parts have noted of themselves.
package final class HealthChecks: Sendable {
    /// A check: `nil` when all is well, else what is wrong.
    package typealias Check = @Sendable () -> String?

    /// An answer to a health request.
    package struct Report: Sendable, Equatable {
        /// 200 or 500.
        package let status: Int
        /// The body to send; it names failed checks, but not why they failed.
        package let body: String
        /// Why which checks failed, for the log.
        package let failures: [String: String]

        package var isHealthy: Bool { failures.isEmpty }
    }

    /// The name of the endpoint, without its slash.
    package let name: String
    private let checks = Mutex<[(name: String, check: Check)]>([])

    package init(name: String) {
        self.name = name
    }

    /// Adds a check, or replaces the one of that name. The order is kept.
    package func register(_ name: String, _ check: @escaping Check) {
        checks.withLock { checks in
            if let index = checks.firstIndex(where: { $0.name == name }) {
                checks[index].check = check
            } else {
                checks.append((name, check))
            }
        }
    }

    /// Runs all checks but the excluded ones.
    ///
    /// - Parameters:
    ///   - verbose: lists the checks even if all are well; when one fails they are always listed.
    ///   - excluded: the names given by `?exclude=`.
    package func render(verbose: Bool = false, excluding excluded: Set<String> = []) -> Report {
        let registered = checks.withLock { $0 }
        var failures: [String: String] = [:]
        var lines = ""
        for (name, check) in registered {
            if excluded.contains(name) {
                lines += "[+]\(name) excluded: ok\n"
            } else if let reason = check() {
                failures[name] = reason
                lines += "[-]\(name) failed: reason withheld\n"
            } else {
                lines += "[+]\(name) ok\n"
            }
        }
        lines += Self.warning(unknown: excluded.subtracting(registered.map(\.name)))
        guard failures.isEmpty else {
            return Report(status: 500, body: lines + "\(name) check failed\n", failures: failures)
        }
        return Report(status: 200, body: verbose ? lines + "\(name) check passed\n" : "ok", failures: [:])
    }

    /// Runs one check (`/readyz/<check>`); `nil` when there is none of that name.
    package func render(check name: String) -> Report? {
        guard let check = checks.withLock({ $0.first { $0.name == name }?.check }) else { return nil }
        guard let reason = check() else { return Report(status: 200, body: "ok", failures: [:]) }
        return Report(
            status: 500,
            body: "internal server error: \(name) check failed\n",
            failures: [name: reason]
        )
    }

    private static func warning(unknown names: Set<String>) -> String {
        guard !names.isEmpty else { return "" }
        let quoted = names.sorted().map { name in
            var text = ""
            text.appendQuoted(name)
            return text
        }
        return "warn: some health checks cannot be excluded: no matches for \(quoted.joined(separator: ", "))\n"
    }
}
