import Testbed
import Testing

@testable import Benchmarks

@Suite("What the benchmark is asked to run")
struct SettingsTests {
    @Test("Options are read")
    func options() throws {
        let trials = ["--rounds", "2", "--sizes", "10,1000", "--variants", "martlet,bare"]
        let clusters = ["--start-delay-ms", "250", "--managed-fields", "both", "--workers", "7"]
        let settings = try BenchmarkSettings(arguments: trials + clusters + ["--martlet", "/bin/true"])
        #expect(settings.rounds == 2)
        #expect(settings.sizes == [10, 1000])
        #expect(settings.variants == [.martlet, .bare])
        #expect(settings.startDelay == .milliseconds(250))
        #expect(settings.managedFields == [.on, .off])
        #expect(settings.workers == 7)
    }

    @Test(
        "What makes no sense is refused with the option's name",
        arguments: [
            (["--rounds", "many"], "--rounds"), (["--sizes", "10,,x"], "--sizes"), (["--sizes", "0"], "--sizes"),
            (["--sizes", "999999"], "--sizes"), (["--managed-fields", "maybe"], "--managed-fields"),
            (["--variants", "none"], "--variants"), (["--speed", "3"], "--speed"), (["--rounds"], "--rounds"),
        ]
    )
    func refused(arguments: [String], named: String) {
        let error = #expect(throws: BenchmarkError.self) {
            try BenchmarkSettings(arguments: ["--martlet", "/bin/true"] + arguments)
        }
        #expect(error?.description.contains(named) == true)
    }

    @Test("managedFields are switched off in API servers only, by their gate")
    func managedFields() {
        #expect(ManagedFields.on.flags.isEmpty)
        #expect(ManagedFields.off.flags == [.apiserver: ["feature-gates": "ServerSideApply=false"]])
    }

    @Test("A release without the gate runs with managedFields only, and can't be asked for less")
    func possible() throws {
        let old = Release(version: "v1.20.2", flags: [.apiserver: FlagSet([], featureGates: ["ServerSideApply"])])
        let new = Release(version: "v1.31.0", flags: [.apiserver: FlagSet([], featureGates: ["Other"])])
        #expect(try ManagedFields.possible(of: [.on, .off], release: old) == [.on, .off])
        #expect(try ManagedFields.possible(of: [.on, .off], release: new) == [.on])
        #expect(throws: BenchmarkError.self) { try ManagedFields.possible(of: [.off], release: new) }
    }
}
