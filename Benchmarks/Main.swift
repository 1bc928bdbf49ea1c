import Foundation
import Glibc
import KubeModel
import Lifecycle

/// `martlet-bench`: what martlet costs, as a ratio to the same work without it. `martlet-bench bare` and
/// `martlet-bench hollow` are the processes that it starts beside martlet.
@main
struct Main {
    static func main() async {
        Signals.ignore(SIGPIPE)
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        switch arguments.first {
        case "bare": try await BareCommand(arguments: Array(arguments.dropFirst())).run()
        case "hollow": try await HollowCommand(arguments: Array(arguments.dropFirst())).run()
        default: try await benchmark(BenchmarkSettings(arguments: arguments))
        }
    }

    private static func benchmark(_ settings: BenchmarkSettings) async throws {
        let started = ContinuousClock.now
        let benchmark = Benchmark(settings: settings) { text in
            let seconds = (ContinuousClock.now - started).components.seconds
            FileHandle.standardError.write(Data("[\(seconds) s] \(text)\n".utf8))
        }
        let report = try await benchmark.run()
        print(report.text)
        try Data(report.json.text.utf8).write(to: URL(fileURLWithPath: settings.json), options: .atomic)
        print("\nAll of it, trial by trial: \(settings.json)")
    }
}
