import Testing

@testable import Transport

@Suite struct BodyBufferTests {
    private func filled(_ sizes: [Int], low: Int = 100, high: Int = 200) -> BodyBuffer {
        var buffer = BodyBuffer(watermarks: .init(low: low, high: high))
        for size in sizes { _ = buffer.append([UInt8](repeating: 1, count: size)) }
        return buffer
    }

    /// The sizes of what comes out.
    private func chunks(of buffer: BodyBuffer) -> [Int] {
        var (buffer, sizes) = (buffer, [Int]())
        while let (chunk, _) = buffer.removeFirst() { sizes.append(chunk.count) }
        return sizes
    }

    /// For each chunk, whether the reader asks for more after it.
    private func requests(of buffer: BodyBuffer) -> [Bool] {
        var (buffer, requests) = (buffer, [Bool]())
        while let (_, resumes) = buffer.removeFirst() { requests.append(resumes) }
        return requests
    }

    @Test func `Bytes come out in the order in which they went in`() {
        var buffer = BodyBuffer(watermarks: .standard)
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 >> 8) }
        for start in stride(from: 0, to: bytes.count, by: 10_000) {
            _ = buffer.append(Array(bytes[start...].prefix(10_000)))
        }
        var read: [UInt8] = []
        while let (chunk, _) = buffer.removeFirst() { read += chunk }
        #expect(read == bytes)
        #expect(buffer.count == 0)
    }

    @Test func `Small pieces are joined, large ones are not`() {
        #expect(chunks(of: filled(Array(repeating: 10, count: 15))) == [150])
        #expect(chunks(of: filled([BodyBuffer.chunkSize, 1], high: 1 << 20)) == [BodyBuffer.chunkSize, 1])
    }

    @Test(arguments: [(199, true), (200, false), (250, false)])
    func `Nothing is taken from the high mark on`(count: Int, isTaken: Bool) {
        var buffer = filled([count])
        let outcome = buffer.append([1])
        #expect(outcome == isTaken)
        #expect(buffer.count == (isTaken ? count + 1 : count))
    }

    @Test func `The reader asks for more once, at the low mark, if the connection waits`() {
        let piece = BodyBuffer.chunkSize
        var buffer = filled([piece, piece, piece], low: piece, high: 3 * piece)
        _ = buffer.append([1])
        #expect(requests(of: buffer) == [false, true, false])
    }

    @Test func `The reader asks for nothing if the connection does not wait`() {
        #expect(requests(of: filled([150])) == [false])
    }
}
