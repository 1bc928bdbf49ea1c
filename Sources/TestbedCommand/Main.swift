import Foundation
import Lifecycle
import Testbed

/// A signal ended what had not come to its end.
struct Interrupted: Error {
    let signal: Int32
}

/// Starts clusters for people and scripts, and cleans up after crashes. All work is done by the library.
@main
struct Main {
    static func main() async {
        do {
            switch try Invocation(arguments: Array(CommandLine.arguments.dropFirst())) {
            case .help: print(Invocation.usage, terminator: "")
            case .clean: try await clean()
            case .up(let plan): try await up(plan)
            case .demo(let keep): try await demo(keep: keep)
            }
        } catch let error as UsageError {
            say("error: \(error)\n\n\(Invocation.usage)")
            exit(2)
        } catch is CancellationError {
            // A signal ended the clusters, as it is meant to.
            exit(0)
        } catch let interrupted as Interrupted {
            // As a shell tells it.
            exit(128 + interrupted.signal)
        } catch {
            say("error: \(error)")
            exit(1)
        }
    }

    /// Holds the clusters until a signal comes; one that comes while they start cuts the start short.
    private static func up(_ plan: TestbedPlan) async throws {
        Signals.ignore(SIGPIPE)
        let signals = Signals.stream([SIGINT, SIGTERM, SIGHUP])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withTestbed(plan, progress: say) { testbed in
                    announce(testbed)
                    await ShutdownSignal.never.wait()
                }
            }
            group.addTask {
                guard await signals.contains(where: { _ in true }) else { return }
                say("stopping")
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Tells the demo's story; a signal ends it at any moment, and everything it made goes.
    private static func demo(keep: Bool) async throws {
        Signals.ignore(SIGPIPE)
        let stop = ShutdownSignal()
        let signals = Signals.stream([SIGINT, SIGTERM, SIGHUP])
        let demo = Demo(keepsRunning: keep, martlet: beside("martlet"), project: projectFolder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await demo.run(until: stop) }
            group.addTask {
                guard let signal = await signals.first(where: { _ in true }) else { return }
                stop.trigger()
                say("stopping")
                // A demo that has been told and is kept ends well.
                if demo.isTold { await ShutdownSignal.never.wait() }
                throw Interrupted(signal: signal)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// The path of another product of the same build.
    private static func beside(_ product: String) -> String {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent(product).path
    }

    /// The checkout: scripts say where it is, and otherwise it is where the command is run.
    private static var projectFolder: String {
        HarnessEnvironment.current["MARTLET_PROJECT"] ?? FileManager.default.currentDirectoryPath
    }

    private static func clean() async throws {
        let isClean = await Cleanup(report: say).removeAbandonedRuns()
        guard isClean else { throw TestbedError(.file, "something is left; see above") }
    }

    /// The part for scripts, on the standard output: one line per cluster, its name and its kubeconfig.
    private static func announce(_ testbed: Testbed) {
        say("Kubernetes \(testbed.version) in \(testbed.run.path); stop with Ctrl-C")
        let lines = testbed.clusters.map { "\($0.name)\t\($0.kubeconfigPath)\n" }
        FileHandle.standardOutput.write(Data(lines.joined().utf8))
    }

    /// The part for people, on the error output.
    @Sendable private static func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
