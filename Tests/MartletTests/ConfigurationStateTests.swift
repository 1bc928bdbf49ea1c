import Testing

@testable import martlet

@Suite struct ConfigurationStateTests {
    private func configuration(_ clusters: String..., workers: Int = 4) throws -> Configuration {
        let entries = clusters.map { "  - { name: \($0), context: \($0) }" }.joined(separator: "\n")
        return try Configuration(flags: [.config: .text("martlet.yaml")], environment: [:]) { _ in
            "podSync: { workers: \(workers) }\nclusters:\n\(entries)"
        }
    }

    private let problems = ConfigurationProblems(file: "martlet.yaml", field: "clusters", message: "is broken")

    @Test func `The same again is no news`() throws {
        var state = ConfigurationState(try configuration("west"))
        #expect(state.look(.success(try configuration("west"))) == nil)
    }

    @Test func `Other clusters are news, once`() throws {
        var state = ConfigurationState(try configuration("west"))
        let both = try configuration("west", "east")
        #expect(state.look(.success(both)) == .usable(both, needsRestart: false))
        #expect(state.look(.success(both)) == nil)
    }

    @Test func `Other options are said to need a start`() throws {
        var state = ConfigurationState(try configuration("west"))
        let changed = try configuration("west", workers: 5)
        #expect(state.look(.success(changed)) == .usable(changed, needsRestart: true))
    }

    @Test func `What can't be used is told once, and so is its end`() throws {
        let good = try configuration("west")
        var state = ConfigurationState(good)
        #expect(state.look(.failure(problems)) == .unusable(problems))
        #expect(state.look(.failure(problems)) == nil)
        #expect(state.look(.success(good)) == .usable(good, needsRestart: false))
        #expect(state.look(.failure(problems)) == .unusable(problems))
    }
}
