import KubeModel
import Lifecycle
import Testing

@testable import Providers

@Suite struct ClaimRefusalTests {
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(4))
    private let now = Duration.seconds(10)

    private func claim(_ spec: JSON = [:], metadata: JSON = [:]) throws -> OriginClaim {
        try OriginClaim(json: ClaimPlanTests.claim(spec, metadata: metadata))
    }

    @Test func `Each refusal makes the pause longer, up to a bound`() throws {
        var refusals = ClaimRefusals(Self.backoff)
        let refused = try claim()
        #expect(refusals.pause(of: refused, now: now) == nil)
        for pause in [1, 2, 4, 4] {
            _ = refusals.note(refused, words: "quota", now: now)
            #expect(refusals.pause(of: refused, now: now) == .seconds(pause))
            #expect(refusals.pause(of: refused, now: now + .seconds(pause)) == nil)
        }
    }

    /// What of a claim travels.
    @Test(arguments: [
        ClaimPlanTests.claim(["resources": ["requests": ["storage": "2Gi"]]]),
        ClaimPlanTests.claim(metadata: ["labels": ["app": "other"]]),
    ])
    func `A claim that was mended begins anew`(json: JSON) throws {
        var refusals = ClaimRefusals(Self.backoff)
        for _ in 1...3 { _ = refusals.note(try claim(), words: "quota", now: now) }
        let mended = try OriginClaim(json: json)
        #expect(refusals.pause(of: mended, now: now) == nil)
        let isNews = refusals.note(mended, words: "quota", now: now)
        #expect(isNews)
        #expect(refusals.pause(of: mended, now: now) == .seconds(1))
    }

    @Test func `What is over is forgotten`() throws {
        var refusals = ClaimRefusals(Self.backoff)
        let pending = try claim()
        let gone = try claim(metadata: ["uid": "claim-2"])
        for claim in [pending, gone] { _ = refusals.note(claim, words: "quota", now: now) }
        refusals.forget("claim-2")
        #expect(refusals.pause(of: pending, now: now) == .seconds(1))
        #expect(refusals.pause(of: gone, now: now) == nil)
    }

    @Test func `The same words are told once, and words that always differ not for ever`() throws {
        var refusals = ClaimRefusals(Self.backoff)
        let refused = try claim()
        let news = ["quota", "policy", "quota", "policy"].map { refusals.note(refused, words: $0, now: now) }
        #expect(news == [true, true, false, false])
        let told = (1...100).filter { refusals.note(refused, words: "quota \($0)", now: now) }
        #expect(told.count < 20)
        let isNews = refusals.note(refused, words: "quota", now: now + ClaimRefusals.memory)
        #expect(isNews, "the event is about to be forgotten")
    }
}
