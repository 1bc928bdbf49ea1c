import Foundation

/// The environment that the harness was started with.
package enum HarnessEnvironment {
    package static var current: [String: String] {
        ProcessInfo.processInfo.environment
    }
}
