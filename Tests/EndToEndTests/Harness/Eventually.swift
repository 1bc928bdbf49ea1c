import Foundation
import KubeClient
import KubeModel

/// Waits until a condition holds, by looking again and again.
///
/// - Parameters:
///   - what: the condition as a sentence, for the failure.
///   - within: the time that it may take on a machine that does nothing else. Longer is told; the bound after which the
///     test fails is ``Patience/bound(of:)``.
/// - Throws: ``NotInTime``; `CancellationError`.
func eventually(
    _ what: String,
    within: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: within, see: condition) { $0 }
}

/// Waits until what is seen is as it should be, and returns it. A look that fails because an API server does not answer
/// counts as "not yet".
///
/// - Parameters:
///   - pause: the time between two looks.
///   - see: a look; what it saw last is told on failure.
///   - isRight: whether that is what is waited for.
/// - Throws: ``NotInTime``; `CancellationError`; whatever else the look throws.
@discardableResult
func eventually<Seen>(
    _ what: String,
    within: Duration = .seconds(10),
    pause: Duration = Patience.pause,
    see: () async throws -> Seen,
    until isRight: (Seen) -> Bool
) async throws -> Seen {
    let clock = ContinuousClock()
    let start = clock.now
    while true {
        let last: String
        do {
            let seen = try await see()
            if isRight(seen) {
                Patience.note(what, took: clock.now - start, within: within)
                return seen
            }
            last = describe(seen)
        } catch let error as APIError where error.isPassing {
            last = "\(error)"
        }
        guard clock.now - start < Patience.bound(of: within) else {
            throw NotInTime(what: what, waited: clock.now - start, lastSeen: last)
        }
        try await clock.sleep(for: pause)
    }
}

/// What was seen, for people: of objects their status, which is what tests wait for.
private func describe(_ seen: some Any) -> String {
    if let objects = seen as? [JSON] { return "\(objects.map { describe($0) })" }
    guard let object = seen as? JSON else { return "\(seen)" }
    return "\(object.name) \((object["status"] ?? object).text)"
}

/// Checks that a condition goes on holding for some time, for what must not happen. A look that fails because an API
/// server does not answer says nothing.
///
/// - Throws: ``DidNotLast``; whatever the look throws.
func holds(_ what: String, for time: Duration, _ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let end = clock.now + time
    while clock.now < end {
        do {
            guard try await condition() else { throw DidNotLast(what: what) }
        } catch let error as APIError where error.isPassing {
            Patience.note("'\(what)' could not be seen: \(error)")
        }
        try await clock.sleep(for: Patience.pause)
    }
}

/// How long tests wait.
enum Patience {
    /// Many tests share two cores with a dozen servers, and the time that something takes there says little of the
    /// product: a bound is for what never comes. It is three times what an idle machine needs, and half a minute at least.
    /// On a machine that has nothing else to do `MARTLET_TEST_STRICT` makes it what is stated.
    static func bound(of within: Duration) -> Duration { isStrict ? within : max(within * 3, .seconds(30)) }

    private static let isStrict = ProcessInfo.processInfo.environment["MARTLET_TEST_STRICT"] != nil

    /// The pause between two looks.
    static let pause = Duration.milliseconds(200)

    /// Says something on the error output: no failure, but worth knowing.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    /// Says on the error output what took longer than on an idle machine: no failure, but worth knowing.
    static func note(_ what: String, took: Duration, within: Duration) {
        let isWordy = ProcessInfo.processInfo.environment["MARTLET_TEST_TIMES"] != nil
        guard took > within || isWordy else { return }
        note("\(took.inSeconds) (of \(within.inSeconds)): \(what)")
    }
}

/// A condition did not come to hold.
struct NotInTime: Error, CustomStringConvertible {
    let what: String
    let waited: Duration
    let lastSeen: String

    var description: String { "not within \(waited.inSeconds): \(what). Last seen: \(lastSeen)" }
}

/// A condition did not go on holding.
struct DidNotLast: Error, CustomStringConvertible {
    let what: String

    var description: String { "no longer true: \(what)" }
}

extension Duration {
    /// For people: "1.5 s".
    var inSeconds: String {
        let tenths = Int((self / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

extension APIError {
    /// Whether the same look may succeed a moment later.
    fileprivate var isPassing: Bool {
        switch disposition {
        case .retryNow, .retryLater, .gone: true
        default: false
        }
    }
}
