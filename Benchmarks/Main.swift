import Foundation
import Glibc
import KubeModel
import Lifecycle
import Testbed

/// `martlet-bench`: what martlet costs, as a ratio to the same work without it; `martlet-bench dependents`: what the
/// objects cost that pods refer to; `martlet-bench scale`: what many clusters cost, and what one does to the others;
/// `martlet-bench streams`: what it costs to reach into containers; `martlet-bench relay`: what martlet alone relays.
/// `martlet-bench bare`, `hollow`, `stand-ins`, `relay-server` and `relay-client` are the processes that it starts beside
/// martlet.
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
        case "dependents": try await dependents(BenchmarkSettings(arguments: Array(arguments.dropFirst())))
        case "stand-ins": try await StandInCommand(arguments: Array(arguments.dropFirst())).run()
        case "relay-server": try await RelayServerCommand(arguments: Array(arguments.dropFirst())).run()
        case "relay-client": try RelayClientCommand(arguments: Array(arguments.dropFirst())).run()
        case "relay": try await relay(RelaySettings(arguments: Array(arguments.dropFirst())))
        case "scale": try await scale(ScaleSettings(arguments: Array(arguments.dropFirst())))
        case "streams": try await StreamBenchmark(StreamSettings(arguments: Array(arguments.dropFirst()))).run()
        default: try await benchmark(BenchmarkSettings(arguments: arguments))
        }
    }

    private static func dependents(_ settings: BenchmarkSettings) async throws {
        let done = try await DependentBenchmark(settings: settings, report: progress()).run()
        print("\(done.text)\n")
        try Data(done.json.text.utf8).write(to: URL(fileURLWithPath: settings.json), options: .atomic)
        print("All of it: \(settings.json)")
    }

    private static func scale(_ settings: ScaleSettings) async throws {
        let done = try await ScaleBenchmark(settings: settings, report: progress()).run()
        print("\(done.text)\n")
        try Data(done.json.text.utf8).write(to: URL(fileURLWithPath: settings.base.json), options: .atomic)
        print("All of it: \(settings.base.json)")
        if let missed = done.missed.first { throw BenchmarkError("a target is missed: \(missed)") }
    }

    private static func relay(_ settings: RelaySettings) async throws {
        let done = try await RelayBenchmark(settings: settings, tell: progress()).run()
        print("\(done.text)\n")
        try Data(done.json.text.utf8).write(to: URL(fileURLWithPath: settings.json), options: .atomic)
        print("All of it: \(settings.json)")
    }

    /// Tells on the error output how far it is.
    private static func progress() -> @Sendable (String) -> Void {
        let started = ContinuousClock.now
        return { text in
            let seconds = (ContinuousClock.now - started).components.seconds
            FileHandle.standardError.write(Data("[\(seconds) s] \(text)\n".utf8))
        }
    }

    private static func benchmark(_ settings: BenchmarkSettings) async throws {
        let report = progress()
        let scratch = FileManager.default.temporaryDirectory.path
        let release = try await Release.ask(try Toolbox(), scratch: scratch)
        let runs = try ManagedFields.possible(of: settings.managedFields, release: release)
        if runs != settings.managedFields {
            report("Kubernetes \(release.version) can't do without managedFields: that comparison is left out.")
        }
        var reports: [BenchmarkReport] = []
        for managedFields in runs {
            let done = try await Benchmark(settings: settings, managedFields: managedFields, report: report).run()
            print("managedFields \(managedFields.rawValue)\n\n\(done.text)\n")
            reports.append(done)
        }
        try Data(summary(reports).text.utf8).write(to: URL(fileURLWithPath: settings.json), options: .atomic)
        print("All of it, trial by trial: \(settings.json)")
    }

    /// The only run; or that with managedFields, and in it that without.
    private static func summary(_ reports: [BenchmarkReport]) -> JSON {
        var json = reports[0].json
        guard reports.count == 2 else { return json }
        let comparison = ManagedFieldsComparison(with: reports[0], without: reports[1])
        print("\(comparison.text)\n")
        json["withoutManagedFields"] = reports[1].json
        json["managedFieldsComparison"] = comparison.json
        return json
    }
}
