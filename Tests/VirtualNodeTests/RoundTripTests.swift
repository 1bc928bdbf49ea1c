import KubeModel
import Providers
import Testing

@testable import VirtualNode

@Suite struct RoundTripTests {
    private func description(milliseconds: Double?, on node: JSON? = nil) throws -> NodeDescription {
        var found = try report()
        found.roundTrip = milliseconds.map { .microseconds(Int64($0 * 1000)) }
        return NodeDescription(settings: settings(), report: found, sync: .synced).keepingRoundTrip(of: node)
    }

    private func annotation(_ patch: NodePatch?) -> String? {
        patch?.object?.at("metadata", "annotations", "martlet.dev/round-trip")?.string
    }

    @Test(arguments: [(0, "0.0ms"), (2.16, "2.2ms"), (27.41, "27.4ms"), (3000, "3000.0ms")])
    func `It is told in milliseconds`(milliseconds: Double, text: String) throws {
        let node = created(try description(milliseconds: milliseconds))
        #expect(node.at("metadata", "annotations", "martlet.dev/round-trip")?.string == text)
        let parsed = try #require(RoundTripText.parse(text))
        #expect(abs(parsed / .milliseconds(1) - milliseconds) <= 0.05)
    }

    @Test(arguments: ["", "ms", "12", "12s", "nanms", "infms", "a ms"])
    func `What is no round trip is not read as one`(text: String) {
        #expect(RoundTripText.parse(text) == nil)
    }

    /// The round trip that stands on the node, the one that was found, and whether it is written.
    @Test(
        arguments: [
            (27.4, 27.4, false), (27.4, 29.9, false), (27.4, 24.8, false), (27.4, 31, true), (27.4, 2.2, true),
            (2.2, 2.4, false), (2.2, 2.6, true), (0.2, 0.4, false),
        ]
    )
    func `Only another distance is written`(standing: Double, found: Double, isWritten: Bool) throws {
        let node = created(try description(milliseconds: standing))
        let text = annotation(patch(try description(milliseconds: found, on: node), node))
        #expect(text == (isWritten ? "\(found.formatted)ms" : nil))
    }

    @Test func `What somebody else wrote there is put right, and what is known stays while nothing newer is`() throws {
        var node = created(try description(milliseconds: 2.2))
        #expect(annotation(patch(try description(milliseconds: nil, on: node), node)) == nil)
        node["metadata"]?["annotations"]?["martlet.dev/round-trip"] = "far"
        #expect(annotation(patch(try description(milliseconds: 2.2, on: node), node)) == "2.2ms")
    }
}

extension Double {
    fileprivate var formatted: String { "\(Int(self * 10) / 10).\(Int(self * 10) % 10)" }
}
