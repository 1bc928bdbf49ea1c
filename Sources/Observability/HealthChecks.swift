import Synchronization

/// Named checks behind one health endpoint (`/livez`, `/readyz`), answered the way a Kubernetes component does.
///
/// Checks must be quick and must not wait: they read what the parts have noted of themselves.
package final class HealthChecks: Sendable {
    /// A check: `nil` when all is well, else what is wrong.
    package typealias Check = @Sendable () -> String?

    /// How a part is.
    package enum Standing: Sendable, Equatable {
        case good
        /// Good as far as this endpoint is asked, with a word on what is not.
        case noted(String)
        case failed(String)
    }

    /// An answer to a health request.
    package struct Report: Sendable, Equatable {
        /// 200, or the status of a failure.
        package let status: Int
        /// The body to send; it names failed checks, but not why they failed.
        package let body: String
        /// Why which checks failed, for the log.
        package let failures: [String: String]

        package var isHealthy: Bool { failures.isEmpty }
    }

    /// The name of the endpoint, without its slash.
    package let name: String
    private let failureStatus: Int
    private let checks = Mutex<[(name: String, standing: @Sendable () -> Standing)]>([])

    /// - Parameter failureStatus: what a failed check is answered with; 500 is what Kubernetes' own components say.
    package init(name: String, failureStatus: Int = 500) {
        self.name = name
        self.failureStatus = failureStatus
    }

    /// Adds a check, or replaces the one of that name. The order is kept.
    package func register(_ name: String, _ check: @escaping Check) {
        register(standingOf: name) { check().map { .failed($0) } ?? .good }
    }

    /// The same for a check that has something to say of what is good, too.
    package func register(standingOf name: String, _ standing: @escaping @Sendable () -> Standing) {
        checks.withLock { checks in
            if let index = checks.firstIndex(where: { $0.name == name }) {
                checks[index].standing = standing
            } else {
                checks.append((name, standing))
            }
        }
    }

    /// Takes a check away, if it is there.
    package func unregister(_ name: String) {
        checks.withLock { $0.removeAll { $0.name == name } }
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
        for (name, standing) in registered {
            guard !excluded.contains(name) else {
                lines += "[+]\(name) excluded: ok\n"
                continue
            }
            switch standing() {
            case .good: lines += "[+]\(name) ok\n"
            case .noted(let note): lines += "[+]\(name) ok: \(note)\n"
            case .failed(let reason):
                failures[name] = reason
                lines += "[-]\(name) failed: reason withheld\n"
            }
        }
        lines += Self.warning(unknown: excluded.subtracting(registered.map(\.name)))
        guard failures.isEmpty else {
            return Report(status: failureStatus, body: lines + "\(name) check failed\n", failures: failures)
        }
        return Report(status: 200, body: verbose ? lines + "\(name) check passed\n" : "ok", failures: [:])
    }

    /// Runs one check (`/readyz/<check>`); `nil` when there is none of that name.
    package func render(check name: String) -> Report? {
        guard let standing = checks.withLock({ $0.first { $0.name == name }?.standing }) else { return nil }
        guard case .failed(let reason) = standing() else { return Report(status: 200, body: "ok", failures: [:]) }
        return Report(status: failureStatus, body: "\(name) check failed\n", failures: [name: reason])
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
