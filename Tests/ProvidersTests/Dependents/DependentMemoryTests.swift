import Testing

@testable import Providers

@Suite struct DependentMemoryTests {
    @Test func `What we wrote is no change by others, be it told before the answer or after`() {
        var record = DependentMemory.Record()
        record.saw("2")
        #expect(record.isDoubtful)
        record.wrote("2", isLatest: true)
        #expect(!record.isDoubtful)
        record.wrote("3", isLatest: true)
        record.saw("3")
        #expect(!record.isDoubtful)
    }

    @Test func `A change by others is one, be it told before our answer or after`() {
        var record = DependentMemory.Record()
        record.wrote("2", isLatest: true)
        record.saw("3")
        #expect(record.isDoubtful)
        record.wrote("2", isLatest: false)
        #expect(record.isDoubtful)
    }
}
