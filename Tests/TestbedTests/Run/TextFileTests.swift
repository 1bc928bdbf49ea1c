import Testing

@testable import Testbed

@Suite struct TextFileTests {
    @Test func `A file of the kernel's is read to its end, although it has no length`() throws {
        // Each library that a process has takes several lines of it.
        let maps = try TextFile.read("/proc/self/maps")
        #expect(maps.utf8.count > 4096)
        #expect(maps.hasSuffix("\n"))
    }

    @Test func `A file that is not there is named`() {
        #expect {
            try TextFile.read("/nowhere/at all")
        } throws: {
            "\($0)".contains("/nowhere/at all")
        }
    }
}
