import Lifecycle
import Testing

@testable import PodSync

@Suite struct OwnerBackoffTests {
    private let backoff = OwnerBackoff(Backoff(base: .seconds(1), cap: .seconds(8)))
    private let start = ContinuousClock.now

    private func wait(_ pod: String, at seconds: Int, of owner: String = "rs") -> Duration? {
        backoff.pause(owner: owner, pod: pod, now: start + .seconds(seconds))?.wait
    }

    private func refuse(_ pod: String, at seconds: Int) {
        backoff.noteRefusal(owner: "rs", pod: pod, words: "no", now: start + .seconds(seconds))
    }

    @Test func `Nobody waits before a refusal`() {
        #expect(wait("a", at: 0) == nil)
    }

    @Test func `The pause doubles with each refusal up to the cap, and is that of one owner`() {
        var now = 0
        refuse("a", at: now)
        for expected in [1, 2, 4, 8, 8] {
            #expect(wait("b", at: now) == .seconds(expected))
            #expect(wait("b", at: now, of: "other") == nil)
            now += expected
            #expect(wait("c\(now)", at: now) == nil, "its turn has come")
            refuse("c\(now)", at: now)
        }
    }

    @Test func `Pods that were refused together count as one`() {
        for pod in ["a", "b", "c", "d"] { refuse(pod, at: 0) }
        #expect(wait("e", at: 0) == .seconds(1))
    }

    @Test func `One pod tries for all, and may try again itself`() {
        refuse("a", at: 0)
        #expect(wait("b", at: 1) == nil)
        #expect(wait("c", at: 1) == .seconds(2))
        #expect(wait("b", at: 1) == nil)
        #expect(wait("c", at: 3) == nil, "the one that tried was never heard of again")
    }

    @Test func `A success ends it`() {
        refuse("a", at: 0)
        #expect(backoff.noteSuccess(owner: "rs"))
        #expect(!backoff.noteSuccess(owner: "rs"))
        #expect(wait("b", at: 0) == nil)
    }
}
